from tests.support.demo import demo, session  # noqa: F401
