"""The words of the model, in the order in which columns index them."""

DISTRICTS = (
    "jung",
    "dong",
    "michuhol",
    "yeonsu",
    "namdong",
    "bupyeong",
    "gyeyang",
    "seo",
    "ganghwa",
    "ongjin",
)
"""The ten districts of Incheon as they stood in 2020."""

ORIGINS = (*DISTRICTS, "seoul", "gyeonggi")
"""Homes: the ten districts of residents, then the two homes of visitors."""

PLACES = (*DISTRICTS, "seoul", "gyeonggi", "elsewhere", "online")
"""Where a purchase can happen."""

DESTINATION_KINDS = ("small", "plus", "large", "outside")
"""Kinds of shop: small, small with a Plus discount, large or excluded, anything outside the city."""

SECTORS = (
    "restaurants_cafes",
    "groceries_convenience",
    "food_shops",
    "academies",
    "clinics_hospitals",
    "fuel",
    "clothing_goods",
    "personal_services",
    "other",
)
"""Sectors of the published card statistics."""

SALES_BANDS = ("up_to_300m", "300m_to_500m", "500m_to_1bn", "1bn_to_3bn", "over_3bn")
"""Bands of a shop's annual sales; the upper bounds belong to the band."""

SALES_BAND_HIGH_KRW = (300_000_000, 500_000_000, 1_000_000_000, 3_000_000_000)
"""Upper bounds of the first four sales bands, in won a year (card-fee law)."""

AGE_BANDS = ("14_19", "20s", "30s", "40s", "50s", "60_plus")
"""Age bands of residents who may hold the card (14 and over)."""

HOUSEHOLDS = ("other", "constrained")
"""Households that do not, and that do, live from one month's income to the next (liquidity-constrained)."""

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""Days of the week, numbered as `datetime.date.weekday` does."""

CLASSES = (
    "replaced",
    "reshuffled",
    "size_switched",
    "moved_between_districts",
    "retained",
    "retained_online",
    "inflow",
    "time_shifted",
    "new",
    "unchanged",
)
"""What the twin of a card payment was; every won of card payments falls in exactly one."""

EVIDENCE = ("survey", "causal", "iri2019")
"""Families of evidence on the classes; shown side by side, never averaged."""

EFFECTS = (
    "gross_use",
    "net_of_replacement",
    "net_of_size_switching",
    "net_of_time_shift_6m",
    "net_of_time_shift_12m",
    "net_city_sales",
    "city_value_added",
    "city_value_added_second_round",
    "national_net",
)
"""Definitions of the effect from the widest to the narrowest."""

DENOMINATORS = ("fiscal_cost", "cashback", "resource_cost")
"""What a ratio is per won of: the headline's denominator, that of the published ratio, and with operation."""

AS_PUBLISHED = "outflow_inflow_output"
"""The accounting (`eum.outcomes.effects.ACCOUNTINGS`) whose ratio the institute and the press give: the 2.9."""

N_ALTERNATIVES = 24
"""Destinations of a purchase without policy: the small shops and the large stores of each of the ten districts, Seoul,
Gyeonggi, elsewhere, online."""

SMALL, LARGE, SEOUL, GYEONGGI, ELSEWHERE, ONLINE = 0, 10, 20, 21, 22, 23
"""Destinations by number: the first of small shops and of large stores, then those outside the city."""

PLUS = N_ALTERNATIVES
"""Destinations from here on are Plus shops of the ten districts."""

N_DESTINATIONS = N_ALTERNATIVES + len(DISTRICTS)
"""Destinations counted: the 24 alternatives, then Plus shops of the ten districts."""

N_DISTRICTS = len(DISTRICTS)
N_ORIGINS = len(ORIGINS)
N_PLACES = len(PLACES)
N_KINDS = len(DESTINATION_KINDS)
N_SECTORS = len(SECTORS)
N_CLASSES = len(CLASSES)
