"""Stubs in a sandbox for programs that need a network, the rights of root, or the platform.

Package managers and service managers succeed and say that they were recorded; all their other functions are left to the
program itself, if the machine has it.
"""

import io
import tarfile
from collections.abc import Mapping

from beanpole_workers.sandbox.bubblewrap import STUBS

INSTALLERS = ("amazon-linux-extras", "bundle", "composer", "dnf", "easy_install", "gem", "npm", "pip", "pip3", "rpm")
MANAGERS = ("chkconfig", "initctl", "service", "systemctl", "useradd", "usermod", "groupadd", "yum", "yarn")
OWNERS = ("chgrp", "chown")  # one user is all that a sandbox has
GUNICORN = f"{STUBS}/gunicorn"
CONFIG = "/opt/elasticbeanstalk/bin/get-config"
PROPERTIES = "/opt/elasticbeanstalk/deployment/env"

_RECORDED = '#!/bin/sh\necho "beanpole: ${0##*/} $* was recorded, not run"\n'
_SILENT = "#!/bin/sh\nexit 0\n"
_INSTALLER = """#!/bin/sh
name=${0##*/}
for word in "$@"; do
    case $word in
    install | ci | i | add | update | upgrade | remove | enable | -U* | -i*)
        echo "beanpole: $name $* was recorded, not run"
        exit 0
        ;;
    esac
done
PATH=${PATH#*:}
exec "$name" "$@"
"""
_SUDO = """#!/bin/sh
while [ $# -gt 0 ]; do
    case $1 in
    -u | -g | -h | -p | -C | -r | -t) shift 2 ;;
    --) shift; break ;;
    -*) shift ;;
    *=*) export "$1"; shift ;;
    *) break ;;
    esac
done
[ $# -eq 0 ] || exec "$@"
"""
_GUNICORN = """#!/bin/sh
PATH=${PATH#*:}
command -v gunicorn > /dev/null && exec gunicorn "$@"
exec python3 -u /opt/beanpole/serve_wsgi.py "$@"
"""
_SERVE_WSGI = '''"""Serves a WSGI application where gunicorn is not installed; most of its options mean nothing here."""

import os
import socketserver
import sys
from importlib import import_module
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server


class Server(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Handler(WSGIRequestHandler):
    def address_string(self):
        return self.client_address[0]


words = sys.argv[1:]
target = next((word for word in words if ":" in word and not word.startswith(("-", ":")) and "/" not in word
               and not word.rpartition(":")[2].isdigit()), None)
target = target or next(word for word in reversed(words) if not word.startswith("-"))
module, _, name = target.partition(":")
sys.path.insert(0, os.getcwd())
application = import_module(module)
for part in (name.partition("(")[0] or "application").split("."):
    application = getattr(application, part)
if name.endswith("()"):
    application = application()
port = int(os.environ["PORT"])
print("Listening at: http://127.0.0.1:%d" % port)
make_server("127.0.0.1", port, application, Server, Handler).serve_forever()
'''
_GET_CONFIG = f"""#!/bin/sh
section=$1 key=
while [ $# -gt 0 ]; do
    case $1 in
    -k | --key) key=$2; shift ;;
    esac
    shift
done
[ "$section" = environment ] || {{ echo "beanpole: get-config $section was recorded, not run"; exit 0; }}
[ -n "$key" ] || {{ cat {PROPERTIES}; exit 0; }}
sed -n "s/^$key=//p" {PROPERTIES}
"""
_PASSWD = """root:x:0:0:root:/root:/bin/sh
ec2-user:x:1000:1000:EC2 Default User:/home/ec2-user:/bin/bash
webapp:x:900:900::/home/webapp:/sbin/nologin
"""
_GROUP = "root:x:0:\nec2-user:x:1000:\nwebapp:x:900:\n"


def archive(properties: Mapping[str, str]) -> bytes:
    """The programs and files as a tar archive, with the environment properties that `get-config` gives."""
    programs = {
        **{f"{STUBS}/{name}": _INSTALLER for name in INSTALLERS},
        **{f"{STUBS}/{name}": _RECORDED for name in MANAGERS},
        **{f"{STUBS}/{name}": _SILENT for name in OWNERS},
        f"{STUBS}/sudo": _SUDO,
        GUNICORN: _GUNICORN,
        "/opt/beanpole/serve_wsgi.py": _SERVE_WSGI,
        CONFIG: _GET_CONFIG,
    }
    lines = "".join(f"{name}={value}\n" for name, value in sorted(properties.items()))
    files = {"/etc/passwd": _PASSWD, "/etc/group": _GROUP, PROPERTIES: lines}
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:", format=tarfile.PAX_FORMAT) as packed:
        for path, text in (programs | files).items():
            member = tarfile.TarInfo(path.lstrip("/"))
            data = text.encode()
            member.size, member.mode = len(data), 0o755 if path in programs else 0o644
            packed.addfile(member, io.BytesIO(data))
    return content.getvalue()
