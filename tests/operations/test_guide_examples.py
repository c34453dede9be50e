"""Nothing that the developer guide's own examples of option settings show is refused.

The pages of the examples stand beside them; values are the guide's, with ids and ARNs that are well-formed.
"""

import pytest

from environments import STACK

CERTIFICATE = "arn:aws:acm:us-east-2:1234567890123:certificate/####################################"
SINGLE = {"aws:elasticbeanstalk:environment": {"EnvironmentType": "SingleInstance"}}
CLASSIC = {"aws:elasticbeanstalk:environment": {"LoadBalancerType": "classic"}}
NETWORK = {"aws:elasticbeanstalk:environment": {"LoadBalancerType": "network"}}
APPLICATION = {"aws:elasticbeanstalk:environment": {"LoadBalancerType": "application"}}

EXAMPLES = {
    "command-options-general, launch configuration": {
        "aws:autoscaling:launchconfiguration": {
            "SSHSourceRestriction": "tcp, 22, 22, 54.240.196.185",
            "BlockDeviceMappings": "/dev/sdj=:100,/dev/sdh=snap-51eef269,/dev/sdb=ephemeral0",
            "EC2KeyName": "my-key",
            "IamInstanceProfile": "aws-elasticbeanstalk-ec2-role",
            "InstanceType": "t2.micro",
            "MonitoringInterval": "1 minute",
            "RootVolumeType": "gp3",
            "RootVolumeSize": "10",
            "DisableIMDSv1": "true",
        }
    },
    "command-options-general, group and scaling": {
        "aws:autoscaling:asg": {
            "Availability Zones": "Any",
            "Cooldown": "720",
            "Custom Availability Zones": "us-west-2a,us-west-2b",
            "MaxSize": "4",
            "MinSize": "2",
        },
        "aws:autoscaling:trigger": {
            "BreachDuration": "5",
            "EvaluationPeriods": "1",
            "LowerBreachScaleIncrement": "-1",
            "LowerThreshold": "20",
            "MeasureName": "CPUUtilization",
            "Statistic": "Average",
            "Unit": "Percent",
            "UpperBreachScaleIncrement": "1",
            "UpperThreshold": "70",
        },
    },
    "using-features.rollingupdates": {
        "aws:autoscaling:updatepolicy:rollingupdate": {
            "MaxBatchSize": "5",
            "MinInstancesInService": "2",
            "PauseTime": "PT5M30S",
            "RollingUpdateEnabled": "true",
            "RollingUpdateType": "Health",
            "Timeout": "PT45M",
        }
    },
    "using-features.rolling-version-deploy": {
        "aws:elasticbeanstalk:command": {
            "DeploymentPolicy": "Rolling",
            "BatchSizeType": "Percentage",
            "BatchSize": "25",
            "HealthCheckSuccessThreshold": "Ok",
            "IgnoreHealthCheck": "true",
            "Timeout": "600",
        }
    },
    "using-features.rolling-version-deploy, traffic splitting": {
        "aws:elasticbeanstalk:command": {"DeploymentPolicy": "TrafficSplitting"},
        "aws:elasticbeanstalk:trafficsplitting": {"NewVersionPercent": "15", "EvaluationTime": "10"},
        **APPLICATION,
    },
    "environments-cfg-autoscaling": {
        "aws:ec2:instances": {
            "EnableSpot": "true",
            "InstanceTypes": "t2.micro,t3.micro,t3.small",
            "SpotFleetOnDemandBase": "1",
            "SpotFleetOnDemandAboveBasePercentage": "33",
            "SpotMaxPrice": "0.0022",
        },
        "aws:autoscaling:asg": {"MinSize": "1", "MaxSize": "10"},
    },
    "vpc-no-terraform": {
        "aws:ec2:vpc": {
            "VPCId": "vpc-170647c",
            "Subnets": "subnet-4f195024,subnet-fe064f95",
            "ELBSubnets": "subnet-fe064f95",
            "DBSubnets": "subnet-fg148g78",
            "AssociatePublicIpAddress": "false",
            "ELBScheme": "internal",
        }
    },
    "environments-cfg-alb": {
        "aws:elbv2:listener:default": {"ListenerEnabled": "false"},
        "aws:elbv2:listener:443": {
            "ListenerEnabled": "true",
            "Protocol": "HTTPS",
            "SSLCertificateArns": CERTIFICATE,
            "DefaultProcess": "https",
            "SSLPolicy": "ELBSecurityPolicy-2016-08",
        },
        "aws:elasticbeanstalk:environment:process:https": {"Port": "443", "Protocol": "HTTPS"},
        **APPLICATION,
    },
    "environments-cfg-alb, rules": {
        "aws:elasticbeanstalk:environment:process:default": {
            "DeregistrationDelay": "20",
            "HealthCheckInterval": "15",
            "HealthCheckPath": "/",
            "HealthCheckTimeout": "5",
            "HealthyThresholdCount": "3",
            "UnhealthyThresholdCount": "5",
            "Port": "80",
            "Protocol": "HTTP",
            "StickinessEnabled": "false",
            "StickinessLBCookieDuration": "43200",
        },
        "aws:elasticbeanstalk:environment:process:admin": {"HealthCheckPath": "/admin", "Port": "8000"},
        "aws:elbv2:listener:81": {
            "DefaultProcess": "default",
            "ListenerEnabled": "true",
            "Protocol": "HTTP",
            "Rules": "admin",
        },
        "aws:elbv2:listenerrule:admin": {"PathPatterns": "/admin/*", "Priority": "1", "Process": "admin"},
        "aws:elbv2:loadbalancer": {
            "AccessLogsS3Bucket": "amzn-s3-demo-bucket",
            "AccessLogsS3Enabled": "true",
            "AccessLogsS3Prefix": "beanstalk-alb",
            "IdleTimeout": "120",
        },
        **APPLICATION,
    },
    "environments-cfg-nlb": {
        "aws:elbv2:listener:80": {"DefaultProcess": "https", "ListenerEnabled": "true", "Protocol": "TCP"},
        "aws:elasticbeanstalk:environment:process:https": {"Port": "443", "Protocol": "TCP"},
        **NETWORK,
    },
    "configuring-https-elb": {
        "aws:elb:listener:443": {
            "SSLCertificateId": CERTIFICATE,
            "ListenerProtocol": "HTTPS",
            "InstancePort": "80",
        },
        "aws:elb:listener": {"ListenerEnabled": "false"},
        **CLASSIC,
    },
    "using-features.managing.elb": {
        "aws:elb:loadbalancer": {"CrossZone": "true", "SecurityGroups": "sg-0123456789abcdef0"},
        "aws:elb:policies": {
            "ConnectionDrainingEnabled": "true",
            "ConnectionDrainingTimeout": "60",
            "ConnectionSettingIdleTimeout": "120",
            "Stickiness Policy": "true",
            "Stickiness Cookie Expiration": "300",
        },
        "aws:elb:healthcheck": {"HealthyThreshold": "3", "Interval": "10", "Timeout": "5", "UnhealthyThreshold": "5"},
        "aws:elb:policies:TLSHighPolicy": {"SSLReferencePolicy": "ELBSecurityPolicy-TLS-1-2-2017-01"},
        **CLASSIC,
    },
    "environment-platform-update-managed": {
        "aws:elasticbeanstalk:environment": {"ServiceRole": "aws-elasticbeanstalk-service-role"},
        "aws:elasticbeanstalk:managedactions": {
            "ManagedActionsEnabled": "true",
            "PreferredStartTime": "Tue:09:00",
            "ServiceRoleForManagedUpdates": "AWSServiceRoleForElasticBeanstalkManagedUpdates",
        },
        "aws:elasticbeanstalk:managedactions:platformupdate": {
            "UpdateLevel": "patch",
            "InstanceRefreshEnabled": "true",
        },
    },
    "environment-cfg-staticfiles, environment-configuration-debugging, AWSHowTo.cloudwatchlogs": {
        "aws:elasticbeanstalk:environment:proxy:staticfiles": {"/html": "statichtml", "/images": "staticimages"},
        "aws:elasticbeanstalk:environment:proxy": {"ProxyServer": "apache"},
        "aws:elasticbeanstalk:xray": {"XRayEnabled": "true"},
        "aws:elasticbeanstalk:hostmanager": {"LogPublicationControl": "true"},
        "aws:elasticbeanstalk:cloudwatch:logs": {
            "StreamLogs": "true",
            "DeleteOnTerminate": "false",
            "RetentionInDays": "180",
        },
        "aws:elasticbeanstalk:cloudwatch:logs:health": {
            "HealthStreamingEnabled": "true",
            "DeleteOnTerminate": "false",
            "RetentionInDays": "7",
        },
        "aws:elasticbeanstalk:sns:topics": {
            "Notification Endpoint": "someone@example.com",
            "Notification Protocol": "email",
        },
        "aws:elasticbeanstalk:application": {"Application Healthcheck URL": "/health"},
        "aws:elasticbeanstalk:application:environment": {"AWS_REGION": "us-west-2", "MYTAG": "foo bar", "EMPTY": ""},
        "aws:elasticbeanstalk:container:python": {"WSGIPath": "ebdjango.wsgi:application", "NumThreads": "20"},
    },
    "using-features.managing.db": {
        "aws:rds:dbinstance": {
            "DBAllocatedStorage": "10",
            "DBDeletionPolicy": "Delete",
            "DBEngine": "mysql",
            "DBEngineVersion": "8.0.39",
            "DBInstanceClass": "db.t3.micro",
            "DBPassword": "PASSWORD_HERE",
            "DBUser": "dbuser",
            "MultiAZDatabase": "false",
            "HasCoupledDatabase": "true",
        }
    },
    "command-options-general, single instance": {
        **SINGLE,
        "aws:elasticbeanstalk:command": {"DeploymentPolicy": "Immutable"},
        "aws:elasticbeanstalk:healthreporting:system": {"SystemType": "enhanced"},
    },
}


@pytest.mark.shows("CreateEnvironment", "success")
@pytest.mark.parametrize("example", EXAMPLES)
def test_what_the_guide_shows_is_accepted_and_kept(shop, create, example):
    names = [
        {"Namespace": namespace, "OptionName": name, "Value": value}
        for namespace, options in EXAMPLES[example].items()
        for name, value in options.items()
    ]
    create("web1", OptionSettings=names, SolutionStackName=STACK)
    (settings,) = shop.client.describe_configuration_settings(ApplicationName="shop", EnvironmentName="web1")[
        "ConfigurationSettings"
    ]
    option_settings = {
        (setting["Namespace"], setting["OptionName"]): setting.get("Value", "")
        for setting in settings["OptionSettings"]
    }
    secret = ("aws:rds:dbinstance", "DBPassword")
    for option in names:
        key = option["Namespace"], option["OptionName"]
        assert key == secret or option_settings[key] == option["Value"]
