"""Every total of risks with fixed impacts: what the product's totals are held against."""

from decimal import Decimal


def exact_outcomes(impacts):
    """Return every possible total with its probability, ascending."""
    outcomes = {Decimal(0): Decimal(1)}
    for impact in impacts:
        step = -impact.most_likely if impact.opportunity else impact.most_likely
        reached = {}
        for total, chance in outcomes.items():
            reached[total] = reached.get(total, 0) + chance * (1 - impact.probability)
            reached[total + step] = reached.get(total + step, 0) + chance * impact.probability
        outcomes = reached
    return dict(sorted(outcomes.items()))
