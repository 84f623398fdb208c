"""Parameters fitted to what was observed of the card: to a posterior, with a certificate and a blind test.

fit = load_fit("fit-2019")                    # what is asked (eum.calibration.bayes.definition)
posterior(folder, "causal")                   # draws: parameters, moments, headline numbers
(eum.calibration.bayes.results)
"""
