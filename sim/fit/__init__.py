"""Parameters fitted to what was observed of the card: to a posterior, with a certificate and a blind test.

fit = load_fit("fit-2019")                    # what is asked (sim.fit.definition)
posterior(folder, "causal")                   # draws: parameters, moments, headline numbers (sim.fit.stored)
"""
