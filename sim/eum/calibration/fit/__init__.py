"""Calibration to the history of the card: runs of the crowd, an emulator of them, one posterior.

Priors of the parameters rest on no observation of the card; observations are those of data/observed.csv and
data/observed_monthly.csv. A fit may end anywhere (an origin) and leave out any block of observations; all fits share
the same runs.
"""
