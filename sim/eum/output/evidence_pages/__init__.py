"""What the model is: its card, written from the code and the data so that it cannot fall behind them."""
