"""Does a fit to the record say what it did not see?

Forecasts from origins half a year ahead, of blocks left out one at a time, and of figures that nothing is fitted to,
beside benchmark forecasts and with their scores.
"""
