"""A policy template: a policy file whose [variables] can be set; every set of values is a design."""

from collections.abc import Mapping

from eum.policy.files import load_policy
from eum.policy.model import Policy
from eum.resources import DESIGNS


def template_named(name_or_path: str) -> str:
    """Return what to load a template by: its file where a template of eum (in designs/) is named, else as it is."""
    shipped = {path.stem: str(path) for path in DESIGNS.glob("*.toml")}
    return shipped.get(name_or_path, name_or_path)


def design(template: str, values: Mapping[str, float]) -> Policy:
    """Return the policy of a template with its variables set, named after their values.

    Raises InputError for a variable that the template does not have or a value that its place does not allow.
    """
    policy = load_policy(template, variables=dict(values))
    text = ", ".join(f"{name} {value:,g}" for name, value in values.items())
    return policy.model_copy(update={"name": f"{policy.name} ({text})" if values else policy.name})
