"""The namespaces of options, each spelled here and nowhere else (developer guide, command-options-general)."""

# Auto Scaling
AUTO_SCALING_GROUP = "aws:autoscaling:asg"
LAUNCH_CONFIGURATION = "aws:autoscaling:launchconfiguration"
SCHEDULED_ACTION = "aws:autoscaling:scheduledaction"
TRIGGER = "aws:autoscaling:trigger"
ROLLING_UPDATE = "aws:autoscaling:updatepolicy:rollingupdate"

# CloudFormation
PARAMETERS = "aws:cloudformation:template:parameter"
RESOURCE_PROPERTY = "aws:cloudformation:template:resource:property"

# EC2
INSTANCES = "aws:ec2:instances"
VPC = "aws:ec2:vpc"

# Elastic Beanstalk
PYTHON = "aws:elasticbeanstalk:container:python"
APPLICATION = "aws:elasticbeanstalk:application"
PROPERTIES = "aws:elasticbeanstalk:application:environment"
LOGS = "aws:elasticbeanstalk:cloudwatch:logs"
HEALTH_LOGS = "aws:elasticbeanstalk:cloudwatch:logs:health"
COMMAND = "aws:elasticbeanstalk:command"
CUSTOM_OPTIONS = "aws:elasticbeanstalk:customoption"  # of Fn::GetOptionSetting, where it names no other
CONTROL = "aws:elasticbeanstalk:control"
ENVIRONMENT = "aws:elasticbeanstalk:environment"
PROCESS = "aws:elasticbeanstalk:environment:process:default"
HEALTH_REPORTING = "aws:elasticbeanstalk:healthreporting:system"
MANAGED_ACTIONS = "aws:elasticbeanstalk:managedactions"
PLATFORM_UPDATE = "aws:elasticbeanstalk:managedactions:platformupdate"
SQSD = "aws:elasticbeanstalk:sqsd"
PROXY = "aws:elasticbeanstalk:environment:proxy"
STATIC_FILES = "aws:elasticbeanstalk:environment:proxy:staticfiles"
TOPICS = "aws:elasticbeanstalk:sns:topics"
TRAFFIC_SPLITTING = "aws:elasticbeanstalk:trafficsplitting"
ACTIVE_DIRECTORY = "aws:elasticbeanstalk:windows:activedirectory"

# Static files before Amazon Linux 2, by platform
FORMER_STATIC_FILES = (
    "aws:elasticbeanstalk:container:golang:staticfiles",
    "aws:elasticbeanstalk:container:java:staticfiles",
    "aws:elasticbeanstalk:container:nodejs:staticfiles",
    "aws:elasticbeanstalk:container:python:staticfiles",
)
PHP = "aws:elasticbeanstalk:container:php:phpini"

# Load balancers
CLASSIC_HEALTH_CHECK = "aws:elb:healthcheck"
CLASSIC_LISTENER = "aws:elb:listener"
CLASSIC_LOAD_BALANCER = "aws:elb:loadbalancer"
CLASSIC_POLICIES = "aws:elb:policies"
LISTENER = "aws:elbv2:listener"
DEFAULT_LISTENER = "aws:elbv2:listener:default"
LOAD_BALANCER = "aws:elbv2:loadbalancer"

# RDS
DATABASE = "aws:rds:dbinstance"
