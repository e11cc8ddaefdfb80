"""The configuration file: read with its lines, refused with everything that is wrong at once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cds_service.settings import Metrics, Settings, SettingsError, read_settings

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "docs/reference/leg-cds.example.yaml"
Write = Callable[[str], Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def put(text: str) -> Path:
        file = tmp_path / "leg-cds.yaml"
        file.write_text(text, encoding="utf-8")
        return file

    return put


def problems(file: Path, **environment: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        read_settings(environment, file=file)
    return [problem.removeprefix(f"{file}:") for problem in error.value.problems]


def test_the_documented_example_is_valid_for_production(write: Write, tmp_path: Path) -> None:
    (tmp_path / "leg-cds.key").write_bytes(b"k" * 32)
    settings = read_settings({}, file=write(EXAMPLE.read_text(encoding="utf-8")))
    assert settings.profile == "production"
    assert settings.issuers[0].fhir_servers[0].private_network
    assert settings.database.pseudonym_key_file == tmp_path / "leg-cds.key"


def test_the_example_shows_every_section(write: Write, tmp_path: Path) -> None:
    (tmp_path / "leg-cds.key").write_bytes(b"k" * 32)
    settings = read_settings({}, file=write(EXAMPLE.read_text(encoding="utf-8")))
    assert set(Settings.model_fields) - settings.model_fields_set == {"fhir_servers"}


def test_the_environment_names_the_file_and_wins_over_it(write: Write) -> None:
    file = write("server: {port: 1, threads: 8}\nmetrics: {port: 2}")
    settings = read_settings({"LEG_CDS_CONFIG": str(file), "LEG_CDS_PORT": "3", "LEG_CDS_METRICS_PORT": "4"})
    assert (settings.server.port, settings.server.threads) == (3, 8)
    assert settings.metrics
    assert settings.metrics.port == 4
    assert read_settings({"LEG_CDS_CONFIG": str(file)}, port=5).server.port == 5


def test_a_variable_is_told_by_its_name_even_where_the_file_has_the_member(write: Write) -> None:
    assert problems(write("server: {port: 1}"), LEG_CDS_PORT="x")[0].startswith("LEG_CDS_PORT: ")


def test_everything_wrong_is_told_with_its_line(write: Write) -> None:
    file = write(
        """profile: sandbox
serverr: {}
server:
  port: 70000
  treads: 3
issuers:
  - name: Main Hospital
    iss: https://ehr.example
    jku: http://ehr.example/keys
  - name: other
    jwks_file: nowhere.json
cors_origins: ['*']
limits: {breaker: 3}
"""
    )
    told = problems(file)
    for line, words in [
        (2, "serverr: there is no such setting; did you mean 'server'?"),
        (4, "server.port: should be less than or equal to 65535"),
        (5, "did you mean 'threads'?"),
        (7, "issuers[0].name: must be"),
        (9, "issuers[0].jku: keys are fetched with https only"),
        (10, "issuers[1].iss: is missing"),
        (11, "issuers[1].jwks_file: "),
        (12, "cors_origins[0]: must be an origin"),
        (13, "limits.breaker: there is no such setting"),
    ]:
        assert any(problem.startswith(f"{line}: ") and words in problem for problem in told), (line, told)
    assert len(told) == 9


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("a: [1", "not valid YAML"),
        ("- a", "must be a mapping"),
        ("", "must be a mapping"),
        ("server: {port: 1}\nserver: {port: 2}", "2: duplicate key 'server'"),
        ("server: 5", "1: server: "),
        ("issuers: {name: a}", "1: issuers: "),
        ("server: null", "1: server: "),
    ],
)
def test_a_file_of_another_shape_is_refused(write: Write, text: str, told: str) -> None:
    (problem,) = problems(write(text))
    assert told in problem


def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"nowhere\.yaml: cannot be read: No such file"):
        read_settings({"LEG_CDS_CONFIG": str(tmp_path / "nowhere.yaml")})
    (tmp_path / "latin.yaml").write_bytes(b"a: \xe4")
    with pytest.raises(SettingsError, match="UTF-8"):
        read_settings({}, file=tmp_path / "latin.yaml")


ISSUER = "{name: a, iss: 'https://a.example', jku: 'https://a.example/keys'}"


@pytest.mark.parametrize(
    ("issuers", "told"),
    [
        ("[{name: a, iss: x}]", "needs jku or jwks_file"),
        (f"[{ISSUER}, {ISSUER}]", "more than one issuer has the name a"),
        (f"[{ISSUER}, {ISSUER.replace('name: a', 'name: b')}]", "more than one issuer has the iss"),
        (f"[{ISSUER[:-1]}, algorithms: [HS384]}}]", "algorithms[0]"),
        (f"[{ISSUER[:-1]}, algorithms: []}}]", "algorithms"),
        (f"[{ISSUER[:-1]}, fhir_servers: [{{base: '*'}}]}}]", "fhir_servers[0].base"),
        (f"[{ISSUER[:-1]}, fhir_servers: [{{base: 'https://a.example/../b'}}]}}]", "fhir_servers[0].base"),
    ],
)
def test_an_issuer_that_cannot_be_is_refused(write: Write, issuers: str, told: str) -> None:
    (problem,) = problems(write(f"public_base_url: https://c.example\nissuers: {issuers}"))
    assert told in problem


def test_tokens_need_an_address_to_be_checked_against(write: Write) -> None:
    (problem,) = problems(write(f"issuers: [{ISSUER}]"))
    assert "public_base_url (LEG_CDS_PUBLIC_BASE_URL): is missing" in problem


def test_a_fhir_base_is_kept_without_its_slash(write: Write) -> None:
    settings = read_settings({}, file=write("fhir_servers: [{base: 'https://a.example/fhir/'}]"))
    assert settings.fhir_servers[0].base == "https://a.example/fhir"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("server: 5", "server: should be a section"),
        ("issuers: main", "issuers: should be a list"),
        ("issuers: [main]", "issuers[0]: should be a section"),
        ("database: {url: 5}", "database.url: should be a text; put it in quotes"),
        ("database: {pseudonym_key_file: 5}", "database.pseudonym_key_file: should be the path of a file"),
        ("features: {snooze: perhaps}", "features.snooze: should be true or false"),
        ("features: {snooze: []}", "features.snooze: should be true or false"),
        ("server: {workers: two}", "server.workers: should be a whole number"),
        ("server: {workers: 1.5}", "server.workers: should be a whole number"),
        ("server: {drain_seconds: long}", "server.drain_seconds: should be a number"),
        ("database: {keep_days: {audit: 1000000000}}", "should be less than or equal to 36500"),
    ],
)
def test_a_value_of_another_kind_is_told_in_words_of_the_file(write: Write, text: str, told: str) -> None:
    (problem,) = problems(write(text))
    assert told in problem


@pytest.mark.parametrize("host", ["''", "' '", "http://127.0.0.1", "h:80", "'*'", "/x", '"a\\nb"', "é"])
def test_what_is_no_host_is_refused(write: Write, host: str) -> None:
    smart = f"{{name: a, iss: x, jku: 'https://a.example/k', smart: {{client_id: c, hosts: [{host}]}}}}"
    for text in (f"server: {{host: {host}}}", f"metrics: {{host: {host}}}"):
        (problem,) = problems(write(text))
        assert "must be a host name or an IP address" in problem
    (problem,) = problems(write(f"public_base_url: https://b.example\nissuers: [{smart}]"))
    assert "hosts[0]: must be a host name or an IP address" in problem


@pytest.mark.parametrize("host", ["localhost", "::1", "[::1]", "0.0.0.0", "my_host.example", "h"])  # noqa: S104
def test_a_host_is_a_name_or_an_address(write: Write, host: str) -> None:
    assert read_settings({}, file=write(f"server: {{host: '{host}'}}")).server.host == host


def test_a_host_is_told_apart_whatever_its_capitals(write: Write) -> None:
    assert read_settings({}, file=write("metrics: {host: Node.Example}")).metrics == Metrics(
        host="node.example"
    )


@pytest.mark.parametrize("proxy", ["proxy", "10.0.0.0/8", "10.0.0.1/8", "http://10.0.0.1"])
def test_a_proxy_is_known_by_its_address_alone(write: Write, proxy: str) -> None:
    (problem,) = problems(write(f"server: {{forwarded_allow_ips: ['{proxy}']}}"))
    assert "forwarded_allow_ips[0]: must be the IP address of a reverse proxy" in problem


@pytest.mark.parametrize("hosts", [("127.0.0.1", "127.0.0.1"), ("0.0.0.0", "127.0.0.1"), ("h", "::")])  # noqa: S104
def test_the_figures_need_a_port_of_their_own(write: Write, hosts: tuple[str, str]) -> None:
    service, figures = hosts
    file = write(f"server: {{host: '{service}', port: 5001}}\nmetrics: {{host: '{figures}', port: 5001}}")
    (problem,) = problems(file)
    assert problem == "2: metrics: port 5001 is where the service itself listens; choose another"


def test_the_figures_may_have_the_same_port_elsewhere(write: Write) -> None:
    file = write("server: {host: 127.0.0.1, port: 5001}\nmetrics: {host: 127.0.0.2, port: 5001}")
    assert read_settings({}, file=file).metrics == Metrics(host="127.0.0.2", port=5001)


def test_both_may_leave_their_port_open(write: Write) -> None:
    assert read_settings({}, file=write("server: {port: 0}\nmetrics: {port: 0}")).metrics == Metrics(port=0)
