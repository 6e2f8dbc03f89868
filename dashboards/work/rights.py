"""Who may see a piece of work, and who may stop it."""

from __future__ import annotations

from dashboards.access.user import User
from dashboards.work.job import Job


def may_see(user: User, job: Job) -> bool:
    """Whether somebody may see a job: an owner those alone that he asked for."""
    return user.sees_all or job.asked_by == user.name


def may_steer(user: User, job: Job) -> bool:
    """Whether somebody may cancel a job or begin it anew: who asked for it, engineers and operators."""
    return user.has("engineer", "operator") or job.asked_by == user.name
