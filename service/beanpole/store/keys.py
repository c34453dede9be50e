"""Every Redis key, spelled once.

Keys of one account in one region begin with `beanpole:ACCOUNT:REGION:`; keys that all accounts share name no account.
"""

PREFIX = "beanpole"
DUE = f"{PREFIX}:due"  # sorted set: member by the real instant at which it is due
WORKERS = f"{PREFIX}:workers"  # sorted set: worker process by the real instant at which it was last seen
LEASED = f"{PREFIX}:leased"  # sorted set: member by the real instant at which its lease ends
GENERATION = f"{PREFIX}:generation"  # counter: generations are unique for ever, over every reset and every loss of data
RESCHEDULED = f"{PREFIX}:rescheduled"  # string: the real instant at which a clock or a world was last replaced
FORMAT = f"{PREFIX}:format"  # string: the number of the format in which the state is kept
COUNTERS = f"{PREFIX}:counters"  # hash: a count and its labels to a number
PROCESSES = f"{PREFIX}:processes"  # hash: process to what it says of itself (JSON)
ACCOUNTS = f"{PREFIX}:accounts"  # set: accounts that have a clock
WORLDS = f"{PREFIX}:worlds"  # set: the prefix of the keys of every world in which anything has happened
PROBE = f"{PREFIX}:probe"  # string that expires: written to see whether Redis takes writes
SENT = f"{PREFIX}:sent:"  # string that expires, by the id of a call: its answer, in case a client sends it again
RUN = "run-"  # begins the names of results of runs, among the files of an environment
DAEMON = f"{PREFIX}:daemon"  # string that expires unless it is renewed: the process that empties queues
NOTIFIER = f"{PREFIX}:notifier"  # string that expires unless it is renewed: the process that sends notices
NUDGE = f"{PREFIX}:nudge"  # channel: a member is due earlier than all others
MAILED, BUSSED = NOTICED = ("mailed", "bussed")  # fields: the last event that was sent to a topic, and to the bus
CHANGES = f"{PREFIX}:changes"  # channel: the accounts that a write has changed
JOURNAL = f"{PREFIX}:journal:"  # begins the keys of journals, which stay when an account is replaced
SNAPSHOTS = f"{PREFIX}:snapshots:"  # begins the keys of snapshots, likewise
COMPANION = f"{PREFIX}:companion:"  # begins the keys of what the companion in the process holds, likewise
COMPANION_ABOUT = f"{COMPANION}about"  # hash: `format` of the records, and the version of `moto` that wrote last
COMPANION_BUCKETS = f"{COMPANION}buckets"  # hash: bucket to its partition and its account


def account(account_id: str) -> str:
    """The prefix of every key of an account."""
    return f"{PREFIX}:{account_id}:"


def companion(account_id: str) -> str:
    """Hash: services with their regions to a record of what the companion holds there."""
    return f"{COMPANION}{account_id}"


def companion_objects(account_id: str, bucket: str) -> str:
    """Hash: key of an object to the record of its versions."""
    return f"{companion(account_id)}:objects:{bucket}"


def clock(account_id: str) -> str:
    """Hash: `clock` (JSON), `mode` and `offset` for the scripts, `draws`: the number of id streams that were drawn."""
    return f"{account(account_id)}clock"


def aside(account_id: str, import_id: str) -> str:
    """The account under which an import is written before it replaces the account; its keys expire."""
    return f"{account_id}:import-{import_id}"


def targets(account_id: str) -> str:
    """List: the ids of the manual clock's targets, first come first served."""
    return f"{account(account_id)}targets"


def target(account_id: str, target_id: str) -> str:
    """Hash that expires unless it is renewed: `target` (JSON), `state`: pending, reached, failed or withdrawn."""
    return f"{account(account_id)}target:{target_id}"


def repeated_advance(account_id: str, digest: str) -> str:
    """String that expires: the instant of an advance with this digest of an idempotency key."""
    return f"{account(account_id)}advance:{digest}"


def draining(account_id: str) -> str:
    """String that expires: the worker that has locked the manual clock to move it."""
    return f"{account(account_id)}draining"


def manual_due(account_id: str) -> str:
    """Sorted set: members of a manual account by the instant on its own clock."""
    return f"{account(account_id)}due"


def requested_runs(account_id: str, name: str) -> str:
    """String that expires: a job that runs a member's commands is in the queue or in progress."""
    return f"{account(account_id)}requested-runs:{name}"


def running(account_id: str, name: str) -> str:
    """String that expires unless it is renewed: the worker that runs a member's commands."""
    return f"{account(account_id)}running:{name}"


def retries(account_id: str) -> str:
    """Hash that expires: member to its failures in a row."""
    return f"{account(account_id)}retries"


def journal(account_id: str) -> str:
    """List that expires: the account's last calls, each a number and its JSON."""
    return f"{JOURNAL}{account_id}"


def journal_count(account_id: str) -> str:
    """Counter that expires: the number of the account's last call."""
    return f"{JOURNAL}{account_id}:count"


def snapshots(account_id: str) -> str:
    """Hash: name to state (JSON, packed)."""
    return f"{SNAPSHOTS}{account_id}"


def snapshots_about(account_id: str) -> str:
    """Hash: name to the snapshot's row in a list (JSON)."""
    return f"{SNAPSHOTS}{account_id}:about"


LATEST_CHANGES = b""  # a field among the generations of a kind: no entity has it as its id


class WorldKeys:
    """The keys of one account in one region."""

    def __init__(self, account_id: str, region: str) -> None:
        self.account_id = account_id
        self.region = region
        self.prefix = f"{account(account_id)}{region}:"
        self.versions = f"{self.prefix}versions"  # hash: kind to the generation of its latest change
        self.claims = f"{self.prefix}claims"  # hash: unique name to its holder's id
        self.fired = f"{self.prefix}fired"  # hash: id of a fault without a limit to the number of its hits
        self.bundles = f"{self.prefix}bundles"  # hash: digest to source bundle (MessagePack, packed)
        self.chains = f"{self.prefix}chains"  # hash: chain to its last event's millisecond; "" is the whole log
        self.events = f"{self.prefix}events"  # stream: the whole log
        self.notices = f"{self.prefix}notices"  # hash: the last events that were sent, and the topics of environments
        self.queues = f"{self.prefix}queues"  # hash: environment's id and an SQS to the names of its queues there
        self.requests = f"{self.prefix}requests"  # hash: request id to the span of its events (see event_log)

    def entities(self, kind: str) -> str:
        """Hash: id to entity (JSON)."""
        return f"{self.prefix}{kind}"

    def generations(self, kind: str) -> str:
        """Hash: id to generation; `LATEST_CHANGES` to a list of changes (see `mirror`)."""
        return f"{self.prefix}{kind}:generations"

    def fleet(self, environment_id: str) -> str:
        """Hash: instance id to instance (JSON)."""
        return f"{self.prefix}fleet:{environment_id}"

    def plan(self, environment_id: str) -> str:
        """Hash: index to step (JSON)."""
        return f"{self.prefix}plan:{environment_id}"

    def answer(self, call: str) -> str:
        """String that expires: the answer to a call that changed something, in case a client repeats it."""
        return f"{self.prefix}answer:{call}"

    def sightings(self, environment_id: str) -> str:
        """List: sightings of the environment's instances, the latest last (JSON)."""
        return f"{self.prefix}sightings:{environment_id}"

    def accesses(self, environment_id: str) -> str:
        """List that expires: the latest requests that the environment's instances answered (JSON)."""
        return f"{self.prefix}accesses:{environment_id}"

    def statuses(self, environment_id: str) -> str:
        """Hash that expires: instance and status to the number of answers."""
        return f"{self.prefix}statuses:{environment_id}"

    def outputs(self, environment_id: str) -> str:
        """List that expires: the latest lines that the environment's web processes printed (JSON)."""
        return f"{self.prefix}outputs:{environment_id}"

    def periodic(self, environment_id: str) -> str:
        """String that expires: the instant up to which the periodic tasks of a worker environment were sent."""
        return f"{self.prefix}periodic:{environment_id}"

    def files(self, environment_id: str) -> str:
        """Hash: digest to a disk or a report of an instance (see codec)."""
        return f"{self.prefix}files:{environment_id}"

    def log(self, index: str, value: str = "") -> str:
        """Stream: the events of an environment name, application, template or platform, or all from WARN on."""
        return f"{self.events}:{index}:{value}"
