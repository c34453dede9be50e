"""The lines about deployments in the logs of instances, as a client fetches them."""

from instances.walk import balanced, fetch_logs, files, launch, update, version


def test_the_migration_is_in_the_logs_of_the_leader_alone(beanstalk_with_objects):
    world = beanstalk_with_objects
    world.client.create_application(ApplicationName="shop")
    version(world, "v1", files("v1"))
    launch(world, balanced(2))
    logs = fetch_logs(world)
    assert sorted(log["eb-engine.log"].count("Instance is Leader.") for log in logs) == [0, 1]
    for log in logs:
        is_leader = "Instance is Leader." in log["eb-engine.log"]
        assert ("Command 02_migrate succeeded" in log["cfn-init.log"]) is is_leader
        assert "Command 01_modify_index succeeded" in log["cfn-init.log"]
        assert ("Command 02_migrate" in log["cfn-init-cmd.log"]) is is_leader


def test_a_failed_command_is_in_the_logs_of_its_instance(beanstalk_with_objects):
    world = beanstalk_with_objects
    world.client.create_application(ApplicationName="shop")
    version(world, "v1", files("v1"))
    launch(world, balanced(1))
    broken = "container_commands: {01_stop: {command: 'cat none; exit 3'}}"
    version(world, "v2", files("v2", **{".ebextensions/x.config": broken}))
    update(world, VersionLabel="v2")
    (logs,) = fetch_logs(world)
    assert "[PostBuildEbExtension]. Stop running the command. Error: Container commands" in logs["eb-engine.log"]
    assert "Error encountered during build of postbuild_1_shop: Command 01_stop failed" in logs["cfn-init.log"]
    assert "\tcat: none: No such file or directory" in logs["cfn-init-cmd.log"]
    assert "Exited with error code 3" in logs["cfn-init-cmd.log"]
