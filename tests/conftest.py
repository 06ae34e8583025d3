"""What holds for every test: made-up input is judged by what it does, never by how long it takes on a busy machine."""

from hypothesis import HealthCheck, settings

settings.register_profile("sereno", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("sereno")
