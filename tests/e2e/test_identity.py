"""Identity: who is let in, who is refused in the handshake, and that the log names the reason."""
import re
import ssl
import subprocess
import tempfile

import pytest

import coalition
import harness
from harness import Client, Raw, domain_of, iso, principal_id, run

WHOAMI = b"GET /v1/whoami HTTP/1.1\r\nHost: localhost\r\n\r\n"
VERSIONS = {"tls1.2": ssl.TLSVersion.TLSv1_2, "tls1.3": ssl.TLSVersion.TLSv1_3}


def attempt(exchange, pair, highest=None, session=None):
    """Bytes that a client with this certificate gets to see: b"" when it is refused."""
    try:
        connection = Raw(exchange, pair, highest=highest, session=session)
    except (ssl.SSLError, ConnectionError):
        return b""
    with connection:
        try:
            return connection.send(WHOAMI).socket.recv(65536)
        except (ssl.SSLError, ConnectionError):
            return b""


def refused(exchange, pair, reason, highest=None):
    since = exchange.log.mark()
    got = attempt(exchange, pair, highest)
    assert got == b"", got
    if reason:
        told = exchange.log.named("tls.refused", since)
        assert re.search(reason, told["reason"], re.IGNORECASE), told
    # Nobody else is any worse off for it.
    assert attempt(exchange, exchange.pki.principal("AUS", "operator")).startswith(b"HTTP/1.1 200")


def answered(exchange, pair, status=200, **more):
    got = attempt(exchange, pair, **more)
    assert got.startswith(b"HTTP/1.1 %d " % status), got
    return got


def signed(pki, partner, san, name="odd"):
    """A certificate of a partner's CA with a subjectAltName that certs/pki would not write."""
    home = pki.folder / "ca" / domain_of(partner)
    place = harness.pathlib.Path(tempfile.mkdtemp(dir=pki.folder))
    key, request, certificate, extensions = (place / n for n in ("key", "request", "pem", "ext"))
    extensions.write_text(f"basicConstraints=critical,CA:false\nkeyUsage=digitalSignature\n"
                          f"extendedKeyUsage=clientAuth\nauthorityKeyIdentifier=keyid\nsubjectAltName={san}\n")
    run("openssl", "req", "-new", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", key,
        "-subj", f"/O={domain_of(partner)}/CN={name}", "-out", request)
    run("openssl", "x509", "-req", "-in", request, "-CA", home / "ca.pem", "-CAkey", home / "ca.key", "-days", "3650",
        "-extfile", extensions, "-out", certificate)
    return certificate, key


def uri_with_nul(text):
    """GeneralNames with one uniformResourceIdentifier, as DER."""
    raw = text.encode("latin-1")
    assert len(raw) < 120
    body = bytes([0x86, len(raw)]) + raw
    return "DER:" + (bytes([0x30, len(body)]) + body).hex(":")


@pytest.fixture(scope="module")
def exchange(new_exchange):
    return new_exchange("main")


# --- refused in the handshake ---

@pytest.fixture(scope="module")
def rogue(scratch):
    """Authorities of the same names that nobody trusts."""
    (scratch / "rogue").mkdir()
    return harness.Pki(scratch / "rogue")


@pytest.fixture(scope="module")
def odd(exchange, rogue):
    """name: (certificate and key, what the log must say)."""
    pki = exchange.pki
    issue = lambda *options: pki.issue("USA", "operator", "one", *options)
    ca = pki.folder / "ca" / domain_of("USA")
    foreign = issue("--san", f"URI:{principal_id('JPN', 'operator')}", "--days", "3650")
    chain = pki.folder / "foreign-chain.pem"
    chain.write_text(harness.pathlib.Path(foreign[0]).read_text() + (ca / "ca.pem").read_text())
    gone = pki.principal("USA", "operator", "gone")
    pki.revoke("USA", "operator", "gone")
    exchange.reload()
    long = ("--days", "3650")
    return {
        "no certificate": (None, "no certificate"),
        "unknown authority": (rogue.principal("USA", "operator"), "issuer|unknown|self.signed|signature"),
        "expired": (issue("--days", "1"), "expired"),
        "not yet valid": (issue("--not-before", iso(exchange.now.replace(year=exchange.now.year + 1)), *long),
                          "not yet valid"),
        "revoked": (gone, "revoked"),
        "server's purpose": (issue("--eku", "serverAuth", *long), "not a client certificate"),
        "other purpose": (issue("--eku", "emailProtection", *long), "not a client certificate"),
        "no name": (issue("--san", "none", *long), "san|identity|name"),
        "only a host name": (issue("--san", "DNS:usa.example", *long), "san|identity|name"),
        "several identities": (issue("--san", f"URI:{principal_id('USA', 'operator')},URI:{principal_id('USA', 'fdo')}",
                                     *long), "several|more than one|san|identit"),
        "foreign trust domain": (foreign, "issuer|unknown|trust|signature"),
        "foreign trust domain with its chain": ((chain, foreign[1]), "issuer|unknown|trust|signature|self.signed"),
        "unknown trust domain": (issue("--san", "URI:spiffe://nowhere.example/operator/one", *long), "trust|domain"),
        "the server's own": (pki.server, "exchange's own"),
        "the authority itself": ((ca / "ca.pem", ca / "ca.key"), None),
        "NUL in the name": (signed(pki, "USA", uri_with_nul(principal_id("USA", "operator") + "\0.evil")), "san|identit|spiffe|uri|name"),
    }


ODD = ["no certificate", "unknown authority", "expired", "not yet valid", "revoked", "server's purpose", "other purpose",
       "no name", "only a host name", "several identities", "foreign trust domain",
       "foreign trust domain with its chain", "unknown trust domain", "the server's own", "the authority itself",
       "NUL in the name"]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("case", ODD)
def test_refused_in_handshake(exchange, odd, case, version):
    pair, reason = odd[case]
    refused(exchange, pair, reason, VERSIONS[version])


@pytest.mark.parametrize("uri", [
    "spiffe://usa.example/operator", "spiffe://usa.example/operator/", "spiffe://usa.example/operator/one/more",
    "spiffe://usa.example//one", "spiffe://USA.example/operator/one", "spiffe://usa.example:8443/operator/one",
    "spiffe://x@usa.example/operator/one", "spiffe://usa.example/operator/one?x=1", "spiffe://usa.example/operator/o%6ee",
    "spiffe://usa.example/operator/..", "SPIFFE://usa.example/operator/one", "https://usa.example/operator/one",
    "spiffe:///operator/one", "spiffe://../operator/one", "spiffe://usa.example/../usa.example/operator/one"])
def test_malformed_identity_is_refused(exchange, uri):
    refused(exchange, signed(exchange.pki, "USA", f"URI:{uri}"), ".")


def test_common_name_is_no_identity(exchange):
    pair = signed(exchange.pki, "USA", "DNS:usa.example", "spiffe:\\/\\/usa.example\\/operator\\/one")
    refused(exchange, pair, "san|identit|name")


@pytest.fixture
def gbr_list(exchange):
    """GBR's revocation list may be tampered with; it is put back."""
    path = exchange.pki.trust / domain_of("GBR") / "crl.pem"
    yield path
    exchange.pki.crl("GBR")
    exchange.reload()
    answered(exchange, exchange.pki.principal("GBR", "operator"))


def test_missing_revocation_list_stops_only_that_partner(exchange, gbr_list):
    pair = exchange.pki.principal("GBR", "operator")
    with exchange.client("GBR") as kept, exchange.raw("JPN") as other:
        assert kept.get("/v1/whoami").ok()
        other.send(WHOAMI).answer().ok()
        gbr_list.unlink()
        exchange.reload()
        refused(exchange, pair, "crl|revocation")
        other.send(WHOAMI).answer().ok()
        assert not attempt_again(kept)


def test_stale_revocation_list_stops_only_that_partner(exchange, gbr_list):
    exchange.pki.crl("GBR", "--hours", "1")
    exchange.reload()
    refused(exchange, exchange.pki.principal("GBR", "operator"), "crl|revocation")


def test_revocation_list_of_another_authority_is_none(exchange, gbr_list):
    gbr_list.write_bytes((exchange.pki.trust / domain_of("AUS") / "crl.pem").read_bytes())
    exchange.reload()
    refused(exchange, exchange.pki.principal("GBR", "operator"), "crl|revocation")


def attempt_again(client):
    """Whether a kept-alive connection still answers with 200."""
    before = client.connection.sock
    try:
        status = client.get("/v1/whoami").status
    except (ConnectionError, ssl.SSLError, harness.http.client.HTTPException):
        return False
    assert client.connection.sock in (before, None), "the client made a new connection"
    assert status in (200, 403)
    return status == 200


# --- let in, and refused later ---

def test_whoami(exchange):
    with exchange.client("JPN", "fdo") as client:
        told = client.get("/v1/whoami").ok().json()
    text = str(told)
    assert principal_id("JPN", "fdo") in text and "JPN" in text and "fdo" in text


def test_authorization_header_is_ignored(exchange):
    with exchange.client("USA") as client:
        plain = client.get("/v1/whoami").ok()
        for value in ("Basic dXNhOnVzYQ==", "Bearer x", "nonsense"):
            assert client.get("/v1/whoami", Authorization=value).ok().body == plain.body


@pytest.mark.parametrize("role,name", [("operator", "nobody"), ("fdo", "nobody"), ("admin", "one"), ("node", "ONE")])
def test_unregistered_identity_is_refused(exchange, role, name):
    """A good certificate is not enough; nor is one whose name is registered for another role."""
    if (role, name) == ("admin", "one"):
        pair = exchange.pki.principal("JPN", "admin", "one")  # JPN has an operator "one", but no admin
    else:
        pair = exchange.pki.principal("USA", role, name)
    for path in ("/v1/whoami", "/v1/eoobservation?obTime=>2020-01-01", "/v1/partners", "/v1/openapi.json", "/v1/nothing"):
        with Client(exchange, pair) as client:
            client.get(path).problem(403)


def test_inactive_and_removed_principals_are_refused(exchange):
    with exchange.client("NZL") as client:
        client.get("/v1/whoami").ok()
        off = coalition.changed(exchange.policy, lambda p: coalition.entry(
            p, "principals", id=principal_id("NZL", "operator")).update(active=False))
        exchange.apply(off)
        client.get("/v1/whoami").problem(403)
        gone = coalition.changed(exchange.policy, lambda p: p["principals"].remove(
            coalition.entry(p, "principals", id=principal_id("NZL", "operator"))))
        exchange.apply(gone)
        with exchange.client("NZL") as fresh:
            fresh.get("/v1/whoami").problem(403)
        exchange.apply(exchange.policy)
    with exchange.client("NZL") as client:
        client.get("/v1/whoami").ok()


def resumable(exchange, pair, version):
    """A context and a session that a first, full handshake left behind."""
    with Raw(exchange, pair, highest=VERSIONS[version]) as first:
        first.send(WHOAMI).answer().ok()
        session = first.socket.session
        assert session is not None and session.has_ticket
        return first.context, session


@pytest.mark.parametrize("version", VERSIONS)
def test_sessions_are_resumed(exchange, version):
    pair = exchange.pki.principal("CAN", "fdo")
    context, session = resumable(exchange, pair, version)
    assert session.ticket_lifetime_hint <= 3600
    with Raw(exchange, pair, session=session, context=context) as second:
        assert second.socket.session_reused
        assert principal_id("CAN", "fdo") in str(second.send(WHOAMI).answer().ok().json())


@pytest.mark.parametrize("version", VERSIONS)
def test_resumed_session_is_refused_after_revocation(exchange, version):
    name = f"leaver-{version[-1]}"
    added = coalition.changed(exchange.policy, lambda p: p["principals"].append(
        coalition.principal("CAN", "operator", name)))
    exchange.apply(added)
    pair = exchange.pki.principal("CAN", "operator", name)
    context, session = resumable(exchange, pair, version)
    exchange.pki.revoke("CAN", "operator", name)
    exchange.reload()
    since = exchange.log.mark()
    try:
        with Raw(exchange, pair, session=session, context=context) as second:
            second.send(WHOAMI)
            got = second.to_end()
    except (ssl.SSLError, ConnectionError):
        got = b""
    assert got == b"" or got.startswith(b"HTTP/1.1 403 "), got
    told = exchange.log.named("tls.refused", since)
    assert re.search("revoked", told["reason"]), told


@pytest.mark.parametrize("version", VERSIONS)
def test_kept_connection_is_refused_after_revocation(exchange, version):
    name = f"kept-{version[-1]}"
    exchange.apply(coalition.changed(exchange.policy, lambda p: p["principals"].append(
        coalition.principal("DEU", "operator", name))))
    pair = exchange.pki.principal("DEU", "operator", name)
    with Raw(exchange, pair, highest=VERSIONS[version]) as kept, exchange.raw("DEU") as colleague, \
            exchange.raw("FRA") as other:
        for connection in (kept, colleague, other):
            connection.send(WHOAMI).answer().ok()
        exchange.pki.revoke("DEU", "operator", name)
        for connection in (kept, colleague, other):  # the daemon has not read the new list yet
            connection.send(WHOAMI).answer().ok()
        exchange.reload()
        since = exchange.log.mark()
        for connection in (colleague, other):
            connection.send(WHOAMI).answer().ok()
        kept.send(WHOAMI)
        got = kept.to_end()  # the connection is closed, not only this request refused
        assert got == b"" or got.startswith(b"HTTP/1.1 403 "), got
        assert re.search("revoked", exchange.log.named("tls.refused", since)["reason"])
        for connection in (colleague, other):
            connection.send(WHOAMI).answer().ok()


def test_kept_connection_ends_with_its_certificate(new_exchange):
    """validUntil: the clock passes the certificate's end, then the revocation list's next update, without any reload."""
    exchange = new_exchange("time")
    until = exchange.now + harness.datetime.timedelta(hours=1)
    short = exchange.pki.issue("USA", "operator", "one", "--not-after", iso(until))
    long = exchange.pki.principal("USA", "fdo")
    with Raw(exchange, short) as one, Raw(exchange, long) as other:
        for connection in (one, other):
            connection.send(WHOAMI).answer().ok()
        exchange.set_clock(until - harness.datetime.timedelta(seconds=1))
        for connection in (one, other):
            connection.send(WHOAMI).answer().ok()
        exchange.set_clock(until + harness.datetime.timedelta(seconds=2))
        other.send(WHOAMI).answer().ok()
        got = one.send(WHOAMI).to_end()
        assert got == b"" or got.startswith(b"HTTP/1.1 403 "), got
        refused(exchange, short, "expired")


def test_kept_connection_ends_with_its_revocation_list(new_exchange):
    exchange = new_exchange("list")
    until = exchange.now + harness.datetime.timedelta(hours=1)
    try:
        exchange.pki.crl("FRA", "--next-update", iso(until))
        exchange.reload()
        with exchange.raw("FRA") as one, exchange.raw("JPN") as other:
            for connection in (one, other):
                connection.send(WHOAMI).answer().ok()
            exchange.set_clock(until + harness.datetime.timedelta(seconds=2))
            other.send(WHOAMI).answer().ok()
            got = one.send(WHOAMI).to_end()
            assert got == b"" or got.startswith(b"HTTP/1.1 403 "), got
            refused(exchange, exchange.pki.principal("FRA", "operator"), "crl|revocation")
    finally:
        exchange.pki.crl("FRA")


# --- what the handshake gives away ---

def s_client(exchange, *options):
    certificate, key = exchange.pki.principal("USA", "operator")
    done = subprocess.run(["openssl", "s_client", "-connect", f"127.0.0.1:{exchange.port}", "-cert", certificate, "-key", key,
                           "-CAfile", exchange.pki.authority, "-ign_eof", *options],
                          input=WHOAMI.replace(b"localhost", b"localhost\r\nConnection: close"), stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=harness.PATIENCE)
    return done.stdout.decode("utf-8", "replace")


def test_certificate_request_names_no_authority(exchange):
    for version in ("-tls1_2", "-tls1_3"):
        told = s_client(exchange, version)
        assert "HTTP/1.1 200" in told and "No client certificate CA names sent" in told, told


def test_no_early_data(exchange):
    told = s_client(exchange, "-tls1_3")
    assert "Max Early Data: 0" in told, told
