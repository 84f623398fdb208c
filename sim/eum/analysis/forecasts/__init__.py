"""How well is it foreseen? Registered predictions, their scores, the forecasts that anybody could make beside them."""
