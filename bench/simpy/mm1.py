"""The M/M/1 queue of `bench/src/mm1.rs` in SimPy, for `cargo bench -p orrery-bench --bench lab`.

Prints, for each way of writing it: its name, arrivals and departures, seconds, mean jobs.
Usage: mm1.py SIMULATED_SECONDS
"""

import random
import sys
import time

import simpy

ARRIVAL, SERVICE = 1.25, 1.0


class Tally:
    """The integral of the jobs in the system, and how often it changed."""

    def __init__(self, env):
        self.env, self.jobs, self.since, self.area, self.events = env, 0, 0.0, 0.0, 0

    def change(self, by):
        now = self.env.now
        self.area += self.jobs * (now - self.since)
        self.since = now
        self.jobs += by
        self.events += 1

    def mean(self):
        return (self.area + self.jobs * (self.env.now - self.since)) / self.env.now


def process_per_job(env, tally, rng):
    """As SimPy's own examples write it: a process for each job, a resource for the server."""
    server = simpy.Resource(env, capacity=1)

    def job():
        tally.change(+1)
        with server.request() as turn:
            yield turn
            yield env.timeout(rng.expovariate(1 / SERVICE))
        tally.change(-1)

    def source():
        while True:
            yield env.timeout(rng.expovariate(1 / ARRIVAL))
            env.process(job())

    env.process(source())


def two_processes(env, tally, rng):
    """As lean as it gets: one process for arrivals, one for the server."""
    asleep = []

    def source():
        while True:
            yield env.timeout(rng.expovariate(1 / ARRIVAL))
            tally.change(+1)
            if asleep:
                asleep.pop().succeed()

    def server():
        while True:
            if tally.jobs == 0:
                wake = env.event()
                asleep.append(wake)
                yield wake
            yield env.timeout(rng.expovariate(1 / SERVICE))
            tally.change(-1)

    env.process(source())
    env.process(server())


def main():
    until = float(sys.argv[1])
    for build in (process_per_job, two_processes):
        env = simpy.Environment()
        tally = Tally(env)
        build(env, tally, random.Random(42))
        begun = time.perf_counter()
        env.run(until=until)
        seconds = time.perf_counter() - begun
        print(build.__name__, tally.events, seconds, tally.mean())


main()
