"""CloudWatch: the metrics of environments with their statistics, and the alarms on a metric."""

from datetime import UTC, datetime, timedelta
from typing import Any
from wsgiref.types import WSGIApplication

import pytest

from beanpole.testing import Beanstalk
from neighbours.callers import APPLICATION, CLASSIC, instance_ids, launched, neighbour_of, refusal, resources

HEALTH = {"Namespace": "AWS/ElasticBeanstalk", "MetricName": "EnvironmentHealth"}
OF_WEB1 = [{"Name": "EnvironmentName", "Value": "web1"}]


def span(beanstalk: Beanstalk, minutes: int = 60) -> dict[str, datetime]:
    """The last minutes, as a request names them."""
    now = datetime.fromtimestamp(beanstalk.now / 1000, UTC)
    return {"StartTime": now - timedelta(minutes=minutes), "EndTime": now + timedelta(minutes=1)}


def averages(client: Any, **named: Any) -> list[float]:
    """The averages of a metric, minute by minute."""
    answer = client.get_metric_statistics(Statistics=["Average"], **{"Period": 60, **named})
    return [point["Average"] for point in sorted(answer["Datapoints"], key=lambda point: point["Timestamp"])]


def test_the_metric_of_health_is_the_status_at_each_minute(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    beanstalk.advance(300)
    beanstalk.arm("high-cpu", where={"environment": "web1"})
    beanstalk.advance(600)
    cloudwatch = neighbour_of(beanstalk, "cloudwatch")
    assert {"Dimensions": OF_WEB1, **HEALTH} in cloudwatch.list_metrics(Namespace="AWS/ElasticBeanstalk")["Metrics"]
    values = averages(cloudwatch, Dimensions=OF_WEB1, **HEALTH, **span(beanstalk))
    assert values[0] == 5.0  # Pending
    assert {0.0, 20.0} <= set(values)
    health = beanstalk.client.describe_environment_health(EnvironmentName="web1", AttributeNames=["All"])
    assert (health["HealthStatus"], values[-1]) == ("Degraded", 20.0)
    hour = cloudwatch.get_metric_statistics(
        Dimensions=OF_WEB1, **HEALTH, **span(beanstalk), Period=86_400, Statistics=["SampleCount", "Maximum", "Sum"]
    )["Datapoints"]
    assert [(point["SampleCount"], point["Maximum"], point["Sum"]) for point in hour] == [
        (len(values), 20.0, sum(values))
    ]


@pytest.mark.parametrize("options", [APPLICATION, CLASSIC])
def test_the_hosts_that_are_healthy_are_counted_as_the_load_balancer_counts_them(
    beanstalk: Beanstalk, options: tuple[tuple[str, str, str], ...]
) -> None:
    launched(beanstalk, "web1", *options)
    cloudwatch = neighbour_of(beanstalk, "cloudwatch")
    (metric,) = cloudwatch.list_metrics(MetricName="HealthyHostCount")["Metrics"]
    size = len(instance_ids(beanstalk))
    values = averages(cloudwatch, **metric, **span(beanstalk))
    assert (values[0], values[-1]) == (0.0, float(size))
    neighbour_of(beanstalk, "ec2").terminate_instances(InstanceIds=instance_ids(beanstalk)[:1])
    beanstalk.advance(60)
    assert averages(cloudwatch, **metric, **span(beanstalk))[-1] == size - 1
    beanstalk.advance(600)
    assert averages(cloudwatch, **metric, **span(beanstalk))[-1] == size


def test_an_instance_has_the_use_of_its_processor_and_its_status_checks(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    cloudwatch = neighbour_of(beanstalk, "cloudwatch")
    (one, *_) = instance_ids(beanstalk)
    beanstalk.advance(1800)
    named = [{"Name": "InstanceId", "Value": one}]
    listed = {metric["MetricName"] for metric in cloudwatch.list_metrics(Dimensions=named)["Metrics"]}
    assert listed == {
        "CPUUtilization",
        "StatusCheckFailed",
        "StatusCheckFailed_Instance",
        "StatusCheckFailed_System",
    }
    use = averages(
        cloudwatch,
        Namespace="AWS/EC2",
        MetricName="CPUUtilization",
        Dimensions=named,
        Period=300,
        **span(beanstalk, 30),
    )
    assert len(use) == 6
    assert all(0 < value < 10 for value in use)
    checks = averages(
        cloudwatch, Namespace="AWS/EC2", MetricName="StatusCheckFailed", Dimensions=named, **span(beanstalk, 30)
    )
    assert set(checks) == {0.0}


def query(id_: str, metric: dict[str, Any]) -> dict[str, Any]:
    return {"Id": id_, "MetricStat": {"Metric": metric, "Period": 60, "Stat": "Maximum"}}


@pytest.mark.parametrize("has_companion", [False, True])
def test_data_of_environments_and_of_others_come_in_one_answer(
    beanstalk: Beanstalk, moto: WSGIApplication, has_companion: bool
) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    cloudwatch = neighbour_of(beanstalk, "cloudwatch", moto if has_companion else None)
    when = span(beanstalk, 5)
    queries = [query("health", {**HEALTH, "Dimensions": OF_WEB1})]
    if has_companion:
        cloudwatch.put_metric_data(
            Namespace="mine", MetricData=[{"MetricName": "sold", "Value": 7.0, "Timestamp": when["StartTime"]}]
        )
        assert "sold" in {metric["MetricName"] for metric in cloudwatch.list_metrics()["Metrics"]}
        queries.append(query("sold", {"Namespace": "mine", "MetricName": "sold"}))
    results = {
        result["Id"]: result
        for result in cloudwatch.get_metric_data(MetricDataQueries=queries, **when)["MetricDataResults"]
    }
    assert set(results) == {query["Id"] for query in queries}
    instants = results["health"]["Timestamps"]
    assert instants == sorted(instants, reverse=True)
    assert len(results["health"]["Values"]) == len(instants) > 3
    assert not has_companion or results["sold"]["Values"] == [7.0]
    math = {"Id": "twice", "Expression": "health * 2"}
    assert refusal(cloudwatch.get_metric_data, MetricDataQueries=[*queries, math], **when)[0] == "ValidationError"


def test_what_statistics_cannot_be_is_refused_in_the_words_of_the_service(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    call = neighbour_of(beanstalk, "cloudwatch").get_metric_statistics
    named: dict[str, Any] = {"Dimensions": OF_WEB1, **HEALTH, "Statistics": ["Average"]}
    long = span(beanstalk, 60 * 25)
    assert refusal(call, **named, **long, Period=60)[0] == "InvalidParameterCombination"
    assert refusal(call, **named, **span(beanstalk), Period=61)[0] == "InvalidParameterValue"
    backwards = {"StartTime": long["EndTime"], "EndTime": long["StartTime"]}
    assert refusal(call, **named, **backwards, Period=60)[0] == "InvalidParameterValue"
    named["ExtendedStatistics"] = ["median"]
    code, _ = refusal(call, **named, **long, Period=300)
    assert code == "InvalidParameterValue"


def test_alarms_are_found_by_their_metric(beanstalk: Beanstalk) -> None:
    launched(beanstalk, "web1", *APPLICATION)
    cloudwatch = neighbour_of(beanstalk, "cloudwatch")
    alarms = cloudwatch.describe_alarms()["MetricAlarms"]
    metric = {name: alarms[0][name] for name in ("MetricName", "Namespace", "Dimensions")}
    assert cloudwatch.describe_alarms_for_metric(**metric)["MetricAlarms"] == alarms
    assert cloudwatch.describe_alarms_for_metric(**{**metric, "Dimensions": []})["MetricAlarms"] == []
    assert cloudwatch.describe_alarm_history(AlarmName=alarms[0]["AlarmName"])["AlarmHistoryItems"] == []
    tags = cloudwatch.list_tags_for_resource(ResourceARN=alarms[0]["AlarmArn"])["Tags"]
    assert {"Key": "elasticbeanstalk:environment-name", "Value": "web1"} in tags
    group = resources(beanstalk)["AutoScalingGroups"][0]["Name"]
    assert metric["Dimensions"] == [{"Name": "AutoScalingGroupName", "Value": group}]
