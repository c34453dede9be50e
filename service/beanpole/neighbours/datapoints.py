"""CloudWatch's calls for metrics: which there are, and their statistics by periods."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from beanpole.model.changes.change import Change
from beanpole.neighbours.listing import Item, Listing, Pages
from beanpole.neighbours.metrics import MINUTE, Dimensions, Metric, metrics_of
from beanpole.neighbours.owners import Owners
from beanpole.tables import limits
from beanpole.wire.errors import ProtocolError
from beanpole.wire.schemas import Request

MOST_POINTS, MOST_SAMPLES = limits.most("metric_datapoints"), limits.most("metric_samples")
MOST_PERIODS = limits.most("metric_periods")


class Point(NamedTuple):
    """The samples of a period, which begins at an instant."""

    at: int
    samples: list[float]


def metrics(owners: Owners, request: Request) -> Iterator[Item]:
    """The metrics, with all that a request says of their dimensions."""
    for metric in metrics_of(owners, request.namespace, request.metric_name):
        own = dict(metric.dimensions)
        if all(
            dimension.name in own and dimension.value in (None, own[dimension.name])
            for dimension in request.dimensions or ()
        ):
            members = {
                "namespace": metric.namespace,
                "metric_name": metric.name,
                "dimensions": [{"name": name, "value": value} for name, value in metric.dimensions],
            }
            yield Item(f"{metric.name} {metric.dimensions}", members)


def named(owners: Owners, request: Request) -> Iterator[Item]:
    """The metric that a request for statistics names."""
    if _metric(owners, request.namespace, request.metric_name, request.dimensions) is not None:
        yield Item(request.metric_name, {}, {"metric_name": (request.metric_name,)})


def statistics(owners: Owners, request: Request, keys: Sequence[str]) -> tuple[list[Change], Any]:
    """The statistics of a metric, period by period."""
    metric = _metric(owners, request.namespace, request.metric_name, request.dimensions)
    _check(request.period)
    if request.start_time >= request.end_time:
        sentence = "The parameter StartTime must be less than the parameter EndTime."
        raise ProtocolError("InvalidParameterValue", sentence)
    if (request.end_time - request.start_time) // (request.period * 1000) > MOST_POINTS:
        raise ProtocolError("InvalidParameterCombination", limits.sentence("metric_datapoints"))
    if metric is None or request.unit not in (None, metric.unit):
        return [], {"label": request.metric_name, "datapoints": []}
    wishes = (*(request.statistics or ()), *(request.extended_statistics or ()))
    if not wishes:
        raise ProtocolError("MissingParameter", "At least one of Statistics and ExtendedStatistics must be specified.")
    points = points_of(metric, request.start_time, request.end_time, request.period * 1000, owners.now)
    return [], {
        "label": metric.name,
        "datapoints": [{"timestamp": point.at, "unit": metric.unit, **_members(point, wishes)} for point in points],
    }


def _members(point: Point, wishes: Iterable[str]) -> dict[str, Any]:
    """The statistics of a point, as members of a datapoint."""
    members: dict[str, Any] = {}
    for name in wishes:
        value = statistic(point.samples, name)
        if name in _PLAIN:
            members[_PLAIN[name]] = value
        else:
            members.setdefault("extended_statistics", {})[name] = value
    return members


def data(owners: Owners, request: Request) -> Iterator[Item]:
    """The results of the queries for metrics of environments."""
    queries = request.metric_data_queries or ()
    own = {query.id: metric for query in queries if (metric := _of_query(owners, query)) is not None}
    for query in queries:
        if query.expression is not None and any(id_ in query.expression for id_ in own):
            raise ProtocolError("ValidationError", _NO_MATH.format(expression=query.expression))
    _check_span(request, queries)
    for query in queries:
        if query.id in own and query.return_data is not False:
            yield Item(query.id, _result(owners, request, query, own[query.id], MOST_SAMPLES // len(own)))


def _check_span(request: Request, queries: Iterable[Any]) -> None:
    """Refuse what would hold the companion up: moto goes through every period, whether or not it has the metric."""
    periods = [query.metric_stat.period if query.metric_stat else query.period for query in queries]
    spans = ((request.end_time - request.start_time) // 1000 // period for period in periods if period and period > 0)
    if sum(spans) > MOST_PERIODS:
        raise ProtocolError("ValidationError", limits.sentence("metric_periods"))


def _of_query(owners: Owners, query: Any) -> Metric | None:
    if query.metric_stat is None:
        return None
    metric = query.metric_stat.metric
    return _metric(owners, metric.namespace, metric.metric_name, metric.dimensions)


def _result(owners: Owners, request: Request, query: Any, metric: Metric, most: int) -> dict[str, Any]:
    wish, period = query.metric_stat, query.metric_stat.period
    _check(period)
    points = points_of(metric, request.start_time, request.end_time, period * 1000, owners.now, most)
    if wish.unit not in (None, metric.unit):
        points = []
    if request.scan_by != "TimestampAscending":
        points.reverse()
    return {
        "id": query.id,
        "label": query.label or metric.name,
        "timestamps": [point.at for point in points],
        "values": [statistic(point.samples, wish.stat) for point in points],
        "status_code": "Complete",
    }


def points_of(metric: Metric, start: int, end: int, period: int, now: int, most: int = MOST_SAMPLES) -> list[Point]:
    """At most so many samples of a metric in the periods from one instant to another, without empty periods."""
    first, last = max(start, metric.since) // period * period, min(end, now + 1)
    stride = max(metric.every, -(-max(last - first, 0) // most // metric.every) * metric.every)
    points: dict[int, list[float]] = {}
    for at in range(-(-first // stride) * stride, last, stride):
        value = metric.value(at) if at >= metric.since // MINUTE * MINUTE else None
        if value is not None and at >= start // period * period:
            points.setdefault(at // period * period, []).append(value)
    return [Point(at, samples) for at, samples in points.items()]


def statistic(samples: Sequence[float], name: str) -> float:
    """A statistic of the samples of a period; raises ProtocolError for one that CloudWatch does not have."""
    match name:
        case "Average":
            return sum(samples) / len(samples)
        case "Sum":
            return sum(samples)
        case "SampleCount":
            return float(len(samples))
        case "Minimum":
            return min(samples)
        case "Maximum":
            return max(samples)
    share = name.removeprefix("p")
    if share == name or not share.replace(".", "", 1).isdecimal() or not 0 <= float(share) <= 100:
        raise ProtocolError("InvalidParameterValue", f"The value {name} for parameter Statistics is not supported.")
    ordered = sorted(samples)
    return ordered[min(int(len(ordered) * float(share) / 100), len(ordered) - 1)]


def _metric(owners: Owners, namespace: str, name: str, dimensions: Sequence[Any] | None) -> Metric | None:
    wish: Dimensions = tuple(sorted((dimension.name, dimension.value) for dimension in dimensions or ()))
    return next((metric for metric in metrics_of(owners, namespace, name) if metric.dimensions == wish), None)


def _check(period: int) -> None:
    if period % 60 and period not in (1, 5, 10, 20, 30):
        sentence = "The parameter Period must be a multiple of 60, or one of 1, 5, 10, 20 and 30."
        raise ProtocolError("InvalidParameterValue", sentence)


_PLAIN = {
    "Average": "average",
    "Sum": "sum",
    "SampleCount": "sample_count",
    "Minimum": "minimum",
    "Maximum": "maximum",
}
_NO_MATH = "beanpole does not carry out an expression on metrics of environments: {expression}"
STATISTICS = Listing(named, "", "", {"metric_name": None}, None, None)
LISTINGS = {
    "ListMetrics": Listing(metrics, "metrics", "MetricName", {}, Pages(size=None, usual=500), None),
    "GetMetricData": Listing(
        data, "metric_data_results", "Id", {}, Pages(size=None), None, besides=("messages",), is_unique=True
    ),
}
