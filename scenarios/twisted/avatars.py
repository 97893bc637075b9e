#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The tutorial of 2011 on Twisted's adbapi, as plunge runs it.

    avatars.py           the pool is never closed, and the reactor goes on
    avatars.py --close   the pool is closed when the last answer is there

Three users are looked up at once, and their greetings printed. What plunge
wants to know of a program it is told on descriptor 3.
"""

import os
import sys
import threading

try:
    from twisted.enterprise import adbapi
    from twisted.internet import defer, reactor
    from twisted.python import log
except ImportError as error:
    sys.exit(
        f"{sys.argv[0]}: {error}: install python3-twisted, or let "
        "`ci/bootstrap make run` do it"
    )

LOGINS = ["yoen", "esteban", "mohamed"]


def mark(name):
    """Tell plunge how far we are: it stops us here, and takes stock."""
    os.write(3, f"plunge: {name}\n".encode())


class Avatar:
    def __init__(self, login, name, forname):
        self.login = login
        self.name = name
        self.forname = forname

    def render(self):
        return (
            f"Mr '{self.forname} {self.name}' is connected "
            f"under '{self.login}'"
        )


class DBPool:
    def __init__(self, dbname):
        # Each lookup gets a thread and a connection of its own: without the
        # barrier a quick thread would sometimes answer two of them.
        together = threading.Barrier(len(LOGINS))
        self.pool = adbapi.ConnectionPool(
            "sqlite3", dbname, cp_openfun=lambda connection: together.wait()
        )

    def get_user_avatar(self, login):
        answer = self.pool.runQuery(
            "SELECT * FROM users WHERE login = ?", (login,)
        )
        return answer.addCallback(lambda rows: Avatar(*rows[0]))

    def shutdown(self):
        self.pool.close()


def show(results):
    for success, result in results:
        print(result.render() if success else result.getErrorMessage())
    sys.stdout.flush()
    mark("answered")


def run(close):
    mark("ready")
    dbpool = DBPool(os.environ["PLUNGE_DATABASE"])
    mark("opened")
    gathered = defer.DeferredList(
        [dbpool.get_user_avatar(login) for login in LOGINS]
    )
    gathered.addCallback(show)
    if close:
        gathered.addCallback(lambda _: dbpool.shutdown())
        gathered.addCallback(lambda _: mark("closed"))
    gathered.addErrback(log.err)


def brief(event):
    """Of what Twisted logs, the errors, a line each."""
    if event.get("isError"):
        text = event["failure"].getErrorMessage()
        print(text.split(". ")[0], file=sys.stderr)


def main():
    if "PLUNGE_DATABASE" not in os.environ:
        sys.exit(f"{sys.argv[0]}: use: plunge run scenarios/twisted.yaml")
    log.startLoggingWithObserver(brief, setStdout=False)
    reactor.callWhenRunning(run, "--close" in sys.argv[1:])
    reactor.run()


main()
