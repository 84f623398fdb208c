"""What would each well-known design of evaluation have reported of a city whose truth is known?

Every design sees only what its authors could see of the simulated card data; the truth of what it claims comes from
the same days simulated without the programme. Runs start from members as counted or from nobody, without the history of
the card.
"""
