#!/usr/bin/python3
"""A real S3 server for tests: OpenStack Swift with its S3 interface, all four parts in this one process.

    object-server.py FOLDER [ADDRESS]

Data and settings go under FOLDER. When it answers, it prints two ports that speak S3, plain and with TLS (its certificate
is FOLDER/certificate.pem): of 127.0.0.1, or 8080 and 8443 of ADDRESS. It serves until its standard input ends, so that it
never outlives the tests. Access key test:tester, secret testing, region us-east-1, bucket emofarm-tests. Needs Debian's python3-swift.
"""
import json
import os
import socket
import subprocess
import sys
from array import array
from time import time as now, tzset

FOLDER = os.path.realpath(sys.argv[1])
ADDRESS = sys.argv[2] if len(sys.argv) > 2 else "127.0.0.1"
# A machine of its own has its ports for itself; tests share one.
PORT, SECURE_PORT = (8080, 8443) if len(sys.argv) > 2 else (0, 0)
SETTINGS = os.path.join(FOLDER, "settings")
PARTS = ["account", "container", "object"]
USER = """
[filter:tempauth]
use = egg:swift#tempauth
user_test_tester = testing .admin
"""
# From the outside in; without proxy_logging, empty answers lack a length.
FILTERS = {
    "catch_errors": "", "gatekeeper": "", "proxy_logging": "access_log_level = CRITICAL", "cache": None, "listing_formats": "",
    "s3api": "location = us-east-1\nstorage_domain = s3.localhost\nmax_upload_part_num = 10000\nmin_segment_size = 5242880",
    "tempauth": None, "copy": "", "dlo": "", "slo": "max_manifest_segments = 10000",
    "versioned_writes": "allow_object_versioning = true", "symlink": "",
}


def write(name, text):
    with open(os.path.join(SETTINGS, name), "w") as file:
        file.write(text)


def configure(ports):
    for part in PARTS:
        write(part + ".conf", f"""
[DEFAULT]
devices = {FOLDER}/data
mount_check = false
fallocate_reserve = 0
disable_fallocate = true
swift_dir = {SETTINGS}
recon_cache_path = {FOLDER}/recon
[app:main]
use = egg:swift#{part}
log_requests = false
container_update_timeout = 10
""")
    chain = "\n".join(
        f"[filter:{name}]\nuse = egg:swift#{name}\n{text}" for name, text in FILTERS.items() if text is not None)
    write("proxy.conf", f"""
[DEFAULT]
swift_dir = {SETTINGS}
[pipeline:main]
pipeline = {" ".join(FILTERS)} proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
allow_account_management = false
node_timeout = 20
recoverable_node_timeout = 20
error_suppression_limit = 1000000
[filter:cache]
paste.filter_factory = object_server:cached
{USER}
{chain}
""")
    from swift.common.ring.ring import RingData
    for part in PARTS:
        device = {"id": 0, "region": 1, "zone": 1, "ip": "127.0.0.1", "port": ports[part], "device": "disk",
                  "replication_ip": "127.0.0.1", "replication_port": ports[part], "weight": 1.0, "meta": ""}
        RingData([array("H", [0] * 4)], [device], 30, version=1).save(f"{SETTINGS}/{part}.ring.gz")


class Memory:
    """What memcached would keep; the one proxy forgets what it changes itself."""

    def __init__(self):
        self.values = {}

    def get(self, key, *_, **__):
        value, end = self.values.get(key, ("null", 0))
        return json.loads(value) if now() < end else None

    def set(self, key, value, serialize=True, time=0, **_):
        self.values[key] = (json.dumps(value), now() + (time or 3600))

    def delete(self, key, *_, **__):
        self.values.pop(key, None)


def cached(*_, **__):
    memory = Memory()

    def wrap(app):
        def call(environ, start):
            environ["swift.cache"] = memory
            return app(environ, start)
        return call
    return wrap


def make_certificate():
    key, certificate = FOLDER + "/key.pem", FOLDER + "/certificate.pem"
    # Clients that trust it go on after a restart.
    if not os.path.exists(certificate):
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=object-server",
             "-addext", f"subjectAltName=IP:{ADDRESS},DNS:localhost", "-keyout", key, "-out", certificate],
            check=True, stderr=subprocess.DEVNULL)
    return {"keyfile": key, "certfile": certificate, "server_side": True}


def make_bucket(port):
    from http.client import HTTPConnection
    server = HTTPConnection(ADDRESS, port, timeout=20)

    def ask(method, path, headers):
        server.request(method, path, headers=headers)
        answer = server.getresponse()
        answer.read()
        assert answer.status < 300, (method, path, answer.status)
        return answer.headers

    token = ask("GET", "/auth/v1.0", {"X-Auth-User": "test:tester", "X-Auth-Key": "testing"})["X-Auth-Token"]
    ask("PUT", "/v1/AUTH_test/emofarm-tests", {"X-Auth-Token": token, "Content-Length": "0"})
    server.close()


def main():
    sys.modules["object_server"] = sys.modules["__main__"]
    for folder in [SETTINGS, FOLDER + "/data/disk", FOLDER + "/recon"]:
        os.makedirs(folder, exist_ok=True)
    write("swift.conf", "[swift-hash]\nswift_hash_path_suffix = tests\n")
    from swift.common import utils
    utils.set_swift_dir(SETTINGS)
    utils.eventlet_monkey_patch()
    # The servers write local times into answers that promise UTC.
    os.environ["TZ"] = "UTC"
    tzset()
    import eventlet
    from eventlet import wsgi
    listeners = {part: eventlet.listen(("127.0.0.1", 0), backlog=512) for part in PARTS}
    listeners["proxy"] = eventlet.listen((ADDRESS, PORT), backlog=512)
    for listener in listeners.values():
        # Headers and body are separate writes: without this each answer waits for an acknowledgement.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    ports = {part: listener.getsockname()[1] for part, listener in listeners.items()}
    configure(ports)
    from swift.common import constraints, storage_policy
    from swift.common.wsgi import SwiftHttpProtocol, loadapp
    constraints.reload_constraints()
    storage_policy.reload_storage_policies()
    apps = {part: loadapp(f"{SETTINGS}/{part}.conf", global_conf={"log_level": "CRITICAL"}) for part in listeners}
    secure = eventlet.listen((ADDRESS, SECURE_PORT), backlog=512)
    ports["tls"] = secure.getsockname()[1]
    quiet = open(FOLDER + "/log", "w")
    for app, listener in [(apps[part], listener) for part, listener in listeners.items()] + [
            (apps["proxy"], eventlet.wrap_ssl(secure, **make_certificate()))]:
        eventlet.spawn(wsgi.server, listener, app, log=quiet, log_output=False, protocol=SwiftHttpProtocol,
                       capitalize_response_headers=False, keepalive=True)
    make_bucket(ports["proxy"])
    print(ports["proxy"], ports["tls"], flush=True)
    while True:
        eventlet.hubs.trampoline(0, read=True)
        if not os.read(0, 4096):
            return


if __name__ == "__main__":
    main()
