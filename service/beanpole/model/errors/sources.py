"""Errors in the source of a version, and in its location."""

from beanpole.model.errors.refusal import InvalidParameterCombination, InvalidParameterValue, ServiceError


class SourceBundleUnreadable(InvalidParameterCombination):
    """Seen, doubled blank and all."""

    sentence = "Unable to download from S3 location (Bucket: {bucket}  Key: {key}). Reason: {reason}"


class ImageAndBundle(InvalidParameterCombination):
    """Seen; its code is inferred."""

    sentence = "Cannot provide both ImageConfiguration.Source and SourceBundle"


class NoBuildpack(InvalidParameterCombination):
    """Seen; its code is inferred."""

    sentence = "Must provide Buildpack when using type Buildpack"


class BundleAndBuildInformation(InvalidParameterCombination):
    """The rule is documented, its sentence inferred."""

    sentence = "You cannot specify both SourceBundle and SourceBuildInformation."


class SourceBundleIncomplete(ServiceError):
    """Inferred: the location of a source bundle needs both bucket and key."""

    code = "MissingRequiredParameter"
    sentence = "Both S3Bucket and S3Key of SourceBundle must be specified."


class SourceBundleGivenTwice(InvalidParameterCombination):
    """Inferred: the EB CLI's model has a second way to say it."""

    sentence = "You cannot specify both SourceBundle and SourceBundleUrl."


class SourceBundleUrlMalformed(InvalidParameterValue):
    """Inferred."""

    sentence = "Value '{url}' at 'SourceBundleUrl' is not the URL of an Amazon S3 object."


class SourceBundleTooLarge(InvalidParameterValue):
    """The limit is documented, its sentence inferred."""

    sentence = "The source bundle exceeds the maximum allowed size of {most} bytes."


class BuildNeedsSource(InvalidParameterCombination):
    """The rule is documented, its sentence inferred."""

    sentence = "You must specify SourceBuildInformation together with BuildConfiguration."


class SourceTypeMismatch(InvalidParameterCombination):
    """Inferred: a commit lies in CodeCommit, a file in S3."""

    sentence = "SourceType '{type}' cannot be used with SourceRepository '{repository}'."


class BuildTimeoutOutOfRange(InvalidParameterValue):
    """The bounds are documented, the sentence inferred."""

    sentence = "Parameter 'TimeoutInMinutes' is invalid. Must be a number from 5 to 480."


class ImageAndBuildConfiguration(InvalidParameterCombination):
    """The rule is documented, its sentence inferred."""

    sentence = "Cannot provide both ImageConfiguration and BuildConfiguration"


class NotOneImageSource(InvalidParameterCombination):
    """The rule is documented, its sentence inferred."""

    sentence = "Must provide exactly one of ImageConfiguration.Source and ImageConfiguration.Build"


class ImageBuildIncomplete(InvalidParameterCombination):
    """The rules are documented, their sentence inferred, in the form of the one about Buildpack."""

    sentence = "Must provide {member} when using ImageConfiguration.Build"


class MapExpected(InvalidParameterValue):
    """Seen."""

    sentence = (
        "Each option setting in configuration file {file} in application version {version} must be a map. Update "
        "each option setting in the configuration file."
    )
