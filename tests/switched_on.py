"""Values at which mechanisms work that the data leave out until they are fitted."""

SWITCHED_ON = {
    "usage_memory_weight": 0.5, "cashback_use_growth": 1.0, "charge_days": 7.0, "first_use_days": 14.0,
    "launch_attention": 5.0, "felt_rate_strength": 1.0, "late_limit_share": 0.6, "late_example": 1.0,
    "grant_habit_share": 0.3, "growth_strength": 1.0,
}  # fmt: skip
