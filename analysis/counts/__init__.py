"""What published percentages can mean: the tables of counts behind them, and what they give away."""
