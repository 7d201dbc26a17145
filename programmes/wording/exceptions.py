"""Why an exception was raised, in words: a sentence for each kind of tolerance.

`now` is how far something has strayed, `may` how far it may.
"""

CAUSES = {
    "cost_pct": "Cost is {now} % from what is approved, and may be {may} %.",
    "time_days": "The finish is {now} days from the baseline, and may be {may}.",
    "benefit_pct": "Benefits are {now} % below plan, and may be {may} %.",
    "npsv": "Net present value is {now} below the approved case, and may be {may}.",
    "risk": "Risks are expected to cost {now}, and may cost {may}.",
    "scope": "{now} % of outputs are taken out of the scope, and {may} % may be.",
    "quality": "{now} % of outputs due are not accepted, and {may} % may be.",
}
