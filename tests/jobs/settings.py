"""The settings with a kind of job that is slow, for workers in processes of their own."""

from pmhub.settings import *  # noqa: F403  # the same, but for one

JOB_KINDS = ["tests.jobs.slow"]
