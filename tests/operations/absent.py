"""Requests that name an environment that is not there, or none."""

# What asks for an environment that is not there, or for none: the call, the code and the sentence.
NOBODY = (
    ({}, "MissingRequiredParameter", "Either EnvironmentId or EnvironmentName must be specified."),
    (
        {"EnvironmentName": "nobody"},
        "InvalidParameterValue",
        "No Environment found for EnvironmentName = 'nobody'.",
    ),
    (
        {"EnvironmentId": "e-aaaaaaaaaa"},
        "InvalidParameterValue",
        "No Environment found for EnvironmentId = 'e-aaaaaaaaaa'.",
    ),
)
