"""What published percentages can mean: every table of counts behind them."""
