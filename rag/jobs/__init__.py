"""Files that are being added: one thread takes jobs in turn, others watch, pause and cancel them."""

from rag.jobs.job import Job
from rag.jobs.worker import Worker

__all__ = ["Job", "Worker"]
