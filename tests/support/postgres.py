"""A PostgreSQL server, its standby and a PgBouncer of a test's own: as an ordinary user, on free ports, with
TLS, in a folder that goes away.

    server = Postgres()                    skips the test, saying why, where there is none
    server.database("outbox", "owner")     roles and databases; passwords are in server.password_file(role)
    server.url("outbox", "owner")          what --outbox takes
    server.kill(); server.start()          as if the machine had stopped
    standby = server.standby(); standby.promote()
    server = Postgres(small="8m")          with a tablespace `small` that is soon full
    pooler = PgBouncer(server); pooler.url("outbox", "owner")
"""

import glob
import os
import pathlib
import pwd
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import unittest
import urllib.parse

SUPERUSER = "postgres"
PATIENCE_S = 120  # a busy machine with sanitizers


def programs():
    """The folder of the newest server; None when there is none."""
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    found = found or [os.path.realpath(path) for path in [shutil.which("initdb")] if path]
    return pathlib.Path(found[-1]).parent if found else None


def missing(pooler=False):
    """Why there can be no server here; None when there can."""
    if programs() is None:
        return "there is no PostgreSQL (Debian: the package postgresql; script/bootstrap --tests)"
    if shutil.which("openssl") is None:
        return "there is no openssl, which makes the certificates"
    if os.geteuid() == 0 and shutil.which("setpriv") is None:
        return "PostgreSQL refuses root, and there is no setpriv to be somebody else"
    if os.geteuid() == 0 and account() is None:
        return "PostgreSQL refuses root, and there is no other account (postgres, nobody)"
    if pooler and pgbouncer() is None:
        return "there is no PgBouncer (Debian: the package pgbouncer; script/bootstrap --tests)"
    return None


def need(pooler=False):
    why = missing(pooler)
    if why:
        raise unittest.SkipTest(why)


def pgbouncer():
    return shutil.which("pgbouncer", path=os.environ.get("PATH", "") + ":/usr/sbin")


def account():
    """Who runs the servers when the tests run as root."""
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            pass
    return None


def clean_environment():
    return {name: value for name, value in os.environ.items() if not name.startswith("PG")}


def as_somebody(command):
    """The command, under an account that PostgreSQL takes."""
    if os.geteuid() != 0:
        return list(command)
    who = account()
    return ["setpriv", f"--reuid={who.pw_uid}", f"--regid={who.pw_gid}", "--clear-groups",
            "--inh-caps=-all", "--", *command]


def hand_over(*paths):
    if os.geteuid() == 0:
        for path in paths:
            os.chown(path, account().pw_uid, account().pw_gid)


def run(*command, **options):
    done = subprocess.run(as_somebody([str(part) for part in command]), env=clean_environment(), cwd="/",
                          capture_output=True, text=True, timeout=PATIENCE_S, check=False, **options)
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def wait_for(holds, what, seconds=PATIENCE_S):
    end = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > end:
            raise RuntimeError(f"{what} did not happen within {seconds} s")
        time.sleep(0.05)


def with_disk(size, folder, command):
    """The command with a file system of its own in the folder, which nobody but it sees."""
    who = (os.geteuid(), os.getegid()) if os.geteuid() != 0 else (account().pw_uid, account().pw_gid)
    return ["unshare", "-Um", f"--map-user={who[0]}", f"--map-group={who[1]}", "--keep-caps", "sh", "-c",
            'mount -t tmpfs -o size="$0" tmpfs "$1" && mkdir "$1/space" && shift && exec "$@"', size, folder, *command]


def need_disk():
    """For servers with a small tablespace."""
    need()
    with tempfile.TemporaryDirectory() as folder:
        hand_over(folder)
        done = subprocess.run(as_somebody(with_disk("1m", folder, ["true"])), capture_output=True, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest("a file system of a test's own cannot be mounted here (unshare -Um)")


class Certificates:
    """An authority, a server certificate for `names`, and one for the client `jirasend`."""

    def __init__(self, folder, names="DNS:localhost,IP:127.0.0.1"):
        self.folder = pathlib.Path(folder)
        self._make("ca", "Test authority", [])
        self._make("server", "localhost", self._signed(f"subjectAltName={names}"))
        self._make("client", "jirasend", self._signed("extendedKeyUsage=clientAuth"))
        hand_over(self.folder / "server.key", self.folder / "server.crt")

    def _signed(self, extension):
        return ["-CA", self["ca.crt"], "-CAkey", self["ca.key"], "-addext", extension]

    def _make(self, name, subject, more):
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                        "-nodes", "-days", "2", "-subj", f"/CN={subject}", "-keyout", self[f"{name}.key"],
                        "-out", self[f"{name}.crt"], *more], check=True, capture_output=True)
        os.chmod(self[f"{name}.key"], 0o600)

    def __getitem__(self, name):
        return str(self.folder / name)


class Process:
    """A server in the foreground, so that it can be ended by its own id."""

    def __init__(self, command, log):
        with open(log, "ab") as out:
            self.process = subprocess.Popen(as_somebody([str(part) for part in command]), stdout=out,
                                            stderr=out, env=clean_environment(), cwd="/",
                                            start_new_session=True)

    @property
    def pid(self):
        return self.process.pid

    def runs(self):
        return self.process.poll() is None

    def end(self, how=signal.SIGTERM):
        if self.runs():
            os.kill(self.pid, how)
        self.process.wait(PATIENCE_S)


class Postgres:
    """settings: lines of postgresql.conf, by name. small: the size of a tablespace, which goes with the process."""

    def __init__(self, like=None, small=None, **settings):
        need()
        self.small = small
        self.bin = programs()
        self.port = free_port()
        self.process = None
        self.template = None  # a database that tests copy
        self.standbys = []
        self.scratch = pathlib.Path(tempfile.mkdtemp(prefix="jirasend-pg-"))
        os.chmod(self.scratch, 0o755)
        self.sockets = self.scratch / "s"
        self.data = self.scratch / "data"
        self.log = self.scratch / "log"
        self.secrets = self.scratch / "secrets"
        for folder in (self.sockets, self.data):
            folder.mkdir(mode=0o700)
        self.sockets.chmod(0o755)
        self.secrets.mkdir(mode=0o700)
        hand_over(self.sockets, self.data)
        self.passwords = {} if like is None else like.passwords
        self.certificates = Certificates(self.scratch) if like is None else like.certificates
        try:
            self._fill(like)
            self._configure(settings)
            self.start()
            if small:
                self.sql(f"CREATE TABLESPACE small LOCATION '{self.scratch / 'disk' / 'space'}'")
        except Exception:
            self.close()
            raise

    def _fill(self, like):
        if like is None:
            run(self.bin / "initdb", "-D", self.data, "-U", SUPERUSER, "-E", "UTF8", "--locale=C",
                "--auth=trust", "--no-sync")
        else:
            run(self.bin / "pg_basebackup", "-h", like.sockets, "-p", like.port, "-U", SUPERUSER,
                "-D", self.data, "-R", "-X", "stream", "--no-sync", "-c", "fast")

    def _configure(self, settings):
        for name in ("server.key", "server.crt", "ca.crt"):
            copy = self.data / name
            shutil.copyfile(self.certificates[name], copy)
            copy.chmod(0o600)
            hand_over(copy)
        lines = {"listen_addresses": "127.0.0.1", "unix_socket_directories": str(self.sockets),
                 "ssl": "on", "ssl_cert_file": "server.crt", "ssl_key_file": "server.key",
                 "ssl_ca_file": "ca.crt", "password_encryption": "scram-sha-256",
                 "shared_buffers": "32MB", "max_wal_size": "512MB", "log_line_prefix": "%m %a ",
                 **settings}
        self.write("jirasend.conf", "".join(f"{name} = '{value}'\n" for name, value in lines.items()))
        with open(self.data / "postgresql.conf", "a", encoding="utf-8") as file:
            file.write("include 'jirasend.conf'\n")
        self.write("pg_hba.conf", "local all,replication postgres trust\nlocal all all scram-sha-256\n"
                                  "hostssl all certified 127.0.0.1/32 cert map=client\n"
                                  "host all all 127.0.0.1/32 scram-sha-256\n")
        self.write("pg_ident.conf", "client jirasend certified\n")

    def write(self, name, text):
        """A file of the server's."""
        path = self.data / name
        path.write_text(text, encoding="utf-8")
        hand_over(path)

    # ---- life ----

    def start(self):
        command = [self.bin / "postgres", "-D", self.data, "-p", self.port]
        if self.small:
            disk = self.scratch / "disk"
            disk.mkdir(mode=0o700, exist_ok=True)
            hand_over(disk)
            command = with_disk(self.small, disk, command)
        self.process = Process(command, self.log)
        wait_for(self._answers, "the start of PostgreSQL")

    def _answers(self):
        if not self.process.runs():
            raise RuntimeError("PostgreSQL ended: " + self.log.read_text(encoding="utf-8")[-2000:])
        done = subprocess.run([self.bin / "pg_isready", "-q", "-h", self.sockets, "-p", str(self.port)],
                              env=clean_environment(), check=False)
        return done.returncode == 0

    def stop(self):
        """Fast: what is under way is broken off."""
        self.process.end(signal.SIGINT)

    def kill(self):
        """As if the power had gone: the postmaster, and with it all others."""
        children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(self.process.pid)], check=False,
                                  capture_output=True, text=True).stdout.split()
        self.process.end(signal.SIGKILL)
        for child in children:
            try:
                os.kill(int(child), signal.SIGKILL)
            except ProcessLookupError:
                pass
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        # The memory that they shared is taken away by the next start, once the last of them is gone.
        wait_for(lambda: not any(os.path.exists(f"/proc/{child}") for child in children), "the end")

    def set(self, **settings):
        """Changes settings that need no restart."""
        for name, value in settings.items():
            self.sql(f"ALTER SYSTEM SET {name} = '{value}'")
        self.sql("SELECT pg_reload_conf()")

    def close(self):
        for standby in self.standbys:
            standby.close()
        if self.process is not None and self.process.runs():
            self.process.end(signal.SIGQUIT)
        shutil.rmtree(self.scratch, ignore_errors=True)

    # ---- what is in it ----

    def sql(self, text, database="postgres", user=SUPERUSER):
        """Rows as text, columns separated by a bar."""
        done = subprocess.run([self.bin / "psql", "-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1",
                               "-h", self.sockets, "-p", str(self.port), "-U", user, "-d", database],
                              input=text, env={**clean_environment(), "PGPASSWORD": self.passwords.get(user, "")},
                              capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"psql: {done.stderr}")
        return done.stdout.strip()

    def role(self, name, password=None):
        self.passwords[name] = password if password is not None else secrets.token_urlsafe(12)
        self.sql('CREATE ROLE "%s" LOGIN PASSWORD \'%s\'' % (name, self.passwords[name].replace("'", "''")))

    def database(self, name, owner):
        if owner not in self.passwords:
            self.role(owner)
        self.sql(f'CREATE DATABASE "{name}" OWNER "{owner}"')

    def password_file(self, role):
        path = self.secrets / f"{role}.password"
        new = path.with_suffix(f".{threading.get_ident()}")  # another process may be reading
        new.write_text(self.passwords[role] + "\n", encoding="utf-8")
        new.chmod(0o600)
        new.replace(path)
        return str(path)

    def url(self, database, user, host="127.0.0.1", port=None, **parameters):
        query = urllib.parse.urlencode(parameters, quote_via=urllib.parse.quote)
        return "postgresql://%s@%s:%d/%s%s" % (urllib.parse.quote(user, safe=""), host, port or self.port,
                                               urllib.parse.quote(database, safe=""),
                                               "?" + query if query else "")

    # ---- a standby ----

    def standby(self, **settings):
        """Follows this one; asynchronous, unless synchronous_standby_names says otherwise."""
        standby = Postgres(like=self, hot_standby="on", **settings)
        self.standbys.append(standby)
        return standby

    def promote(self):
        self.sql("SELECT pg_promote(true, 60)")
        wait_for(lambda: self.sql("SELECT pg_is_in_recovery()") == "f", "the promotion")


class PgBouncer:
    """In transaction mode, in front of a server."""

    def __init__(self, server, **settings):
        need(pooler=True)
        self.server = server
        self.port = free_port()
        self.folder = server.scratch / f"pgbouncer-{self.port}"
        self.folder.mkdir(mode=0o755)
        hand_over(self.folder)
        lines = {"listen_addr": "127.0.0.1", "listen_port": self.port, "unix_socket_dir": "",
                 "auth_type": "scram-sha-256", "auth_file": self.folder / "users",
                 "pool_mode": "transaction", "max_client_conn": 1000, "default_pool_size": 20,
                 "server_tls_sslmode": "disable", "client_tls_sslmode": "allow",
                 "client_tls_cert_file": self.folder / "server.crt",
                 "client_tls_key_file": self.folder / "server.key", **settings}
        for name in ("server.crt", "server.key"):
            shutil.copyfile(server.certificates[name], self.folder / name)
            hand_over(self.folder / name)
        (self.folder / "ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n[pgbouncer]\n"
            + "".join(f"{name} = {value}\n" for name, value in lines.items()), encoding="utf-8")
        users = "".join('"%s" "%s"\n' % tuple(part.replace('"', '""') for part in pair)
                        for pair in server.passwords.items())
        (self.folder / "users").write_text(users, encoding="utf-8")
        hand_over(self.folder / "ini", self.folder / "users")
        self.process = None
        self.start()

    def start(self):
        self.process = Process([pgbouncer(), self.folder / "ini"], self.folder / "log")
        wait_for(self._answers, "the start of PgBouncer")

    def _answers(self):
        if not self.process.runs():
            raise RuntimeError("PgBouncer ended: " + (self.folder / "log").read_text(encoding="utf-8"))
        with socket.socket() as one:
            return one.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self):
        self.process.end(signal.SIGKILL)

    def close(self):
        if self.process is not None and self.process.runs():
            self.process.end(signal.SIGINT)

    def url(self, database, user, **parameters):
        return self.server.url(database, user, port=self.port, **parameters)
