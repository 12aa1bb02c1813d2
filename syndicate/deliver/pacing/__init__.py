"""How fast mail leaves: signs, slow-downs, breakers, rates, ramps, hours of the day.

All decisions are pure: times are seconds since 1970 wherever they are no datetimes, rates messages a second.
`keeping`, `hosting` and `holding` do what follows from them.
"""
