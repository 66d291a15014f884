"""Real clients against the tests' exchange: none of them may get a refusal for how it writes HTTP.

usage: clients.py HTTP_SERVE"""
import gzip
import http.client
import json
import shutil
import subprocess
import sys

BODY = json.dumps({"text": "x" * 70000 + "\n\r\n"})
cases = []


def case(f):
    cases.append(f)
    return f


def curl(*args, stdin=None):
    out = subprocess.run(["curl", "-sS", "--max-time", "30", "-w", "\n%{http_code} %{num_connects}", *args],
                         input=stdin, stdout=subprocess.PIPE, check=True, text=True).stdout
    body, _, status = out.rpartition("\n")
    return body, status


@case
def curl_reuses_its_connection(url):
    _, first = curl(url + "/v1/items/a", url + "/v1/items/b?x=>2026-01-01", "-o", "/dev/null", "-o", "/dev/null")
    assert first.endswith("200 0"), first


@case
def curl_posts_with_a_length(url):
    body, status = curl("-H", "Content-Type: application/json", "--data-binary", "@-", url + "/v1/echo", stdin=BODY)
    assert (body, status) == (BODY, "201 1"), status


@case
def curl_posts_in_chunks(url):
    body, status = curl("-H", "Content-Type: application/json", "-H", "Transfer-Encoding: chunked", "--data-binary", "@-",
                        url + "/v1/echo", stdin=BODY)
    assert (body, status) == (BODY, "201 1"), status


@case
def curl_waits_for_100(url):
    body, status = curl("-H", "Content-Type: application/json", "-H", "Expect: 100-continue", "--expect100-timeout", "20",
                        "--data-binary", "@-", url + "/v1/echo", stdin=BODY)
    assert (body, status) == (BODY, "201 1"), status


@case
def curl_learns_of_a_body_that_is_too_long(url):
    body, status = curl("-H", "Content-Type: application/json", "--data-binary", "@-", url + "/v1/echo",
                        stdin="x" * 190000)
    assert status == "413 1" and json.loads(body)["status"] == 413, status


@case
def curl_reads_a_source(url):
    body, status = curl(url + "/v1/source?pieces=40&size=50000")
    assert len(body) == 2000000 and status == "200 1", status


@case
def curl_decodes(url):
    for coding in ("gzip", "zstd"):
        if coding == "zstd" and "zstd" not in subprocess.run(["curl", "-V"], capture_output=True, text=True).stdout:
            continue
        asks = ("--compressed", "-H", f"Accept-Encoding: {coding}")
        body, status = curl(*asks, url + "/v1/source?pieces=40&size=50000")
        assert body == "p" * 2000000 and status == "200 1", status
        body, status = curl(*asks, url + "/v1/records?size=30000")
        assert body == "r" * 30000 and status == "200 1", status
        _, sent = curl("-H", f"Accept-Encoding: {coding}", "-o", "/dev/null", "-w", "\n%{size_download}", url + "/v1/records?size=30000")
        assert int(sent) < 1000, sent


@case
def http_client_gunzips(url):
    c = http.client.HTTPConnection(url[7:], timeout=30)
    for target, n in (("/v1/records?size=30000", 30000), ("/v1/source?pieces=40&size=50000", 2000000)):
        c.request("GET", target, headers={"Accept-Encoding": "gzip"})
        r = c.getresponse()
        assert r.getheader("Content-Encoding") == "gzip"
        assert len(gzip.decompress(r.read())) == n
    c.close()


@case
def curl_notices_a_broken_source(url):
    done = subprocess.run(["curl", "-sS", url + "/v1/source?pieces=5&size=1000&fail_at=2"], capture_output=True)
    assert done.returncode == 18, done.returncode  # CURLE_PARTIAL_FILE


@case
def http_client_keeps_its_connection(url):
    c = http.client.HTTPConnection(url[7:], timeout=30)
    for i in range(50):
        c.request("GET", f"/v1/items/{i}?x={'y' * (i * 15)}", headers={f"X-{k}": "v" * i for k in range(i)})
        r = c.getresponse()
        assert r.status == 200 and json.loads(r.read())["id"] == str(i), r.status
    local = c.sock.getsockname()
    c.request("POST", "/v1/echo", BODY, {"Content-Type": "application/json"})
    assert c.getresponse().read().decode() == BODY
    c.request("POST", "/v1/echo", iter([BODY[:10].encode(), BODY[10:].encode()]), {"Content-Type": "application/json"},
              encode_chunked=True)
    r = c.getresponse()
    assert (r.status, r.read().decode()) == (201, BODY)
    c.request("GET", "/v1/head?status=304&length=100")
    assert (c.getresponse().read(), c.sock.getsockname()) == (b"", local)
    c.request("GET", "/v1/source?pieces=40&size=50000")
    assert len(c.getresponse().read()) == 2000000 and c.sock.getsockname() == local
    c.close()


NODE = """
const url = process.argv[1], body = process.env.BODY;
const json = {'content-type': 'application/json'};
async function main() {
  for (let i = 0; i < 50; i++) {
    const r = await fetch(`${url}/v1/items/${i}?q=${'z'.repeat(i * 10)}`, {headers: {'x-probe': 'p'.repeat(i * 50)}});
    if (r.status !== 200 || (await r.json()).id !== String(i)) throw new Error(`get ${i}: ${r.status}`);
  }
  let r = await fetch(`${url}/v1/echo`, {method: 'POST', headers: json, body});
  if (r.status !== 201 || await r.text() !== body) throw new Error(`post: ${r.status}`);
  const stream = new ReadableStream({start(c) {
    for (let i = 0; i < body.length; i += 999) c.enqueue(new TextEncoder().encode(body.slice(i, i + 999)));
    c.close();
  }});
  r = await fetch(`${url}/v1/echo`, {method: 'POST', headers: json, body: stream, duplex: 'half'});
  if (r.status !== 201 || await r.text() !== body) throw new Error(`stream: ${r.status}`);
  r = await fetch(`${url}/v1/source?pieces=40&size=50000`);
  if ((await r.text()).length !== 2000000) throw new Error('source');
  r = await fetch(`${url}/v1/records?size=30000`);
  if (r.headers.get('content-encoding') !== 'gzip' || (await r.text()).length !== 30000) throw new Error('coded');
  const broken = await fetch(`${url}/v1/source?pieces=5&size=1000&fail_at=2`);
  if (await broken.text().then(() => true, () => false)) throw new Error('a broken source looked whole');
}
main().catch(e => { console.error(e); process.exit(1); });
"""


@case
def node_fetch(url):
    if not shutil.which("node"):
        return "no node"
    done = subprocess.run(["node", "-e", NODE, url], env={"BODY": BODY, "PATH": "/usr/bin:/bin"}, capture_output=True,
                          text=True, timeout=60)
    if "fetch is not defined" in done.stderr:
        return "this node has no fetch"
    assert done.returncode == 0, done.stderr
    return None


def run(number, f, url):
    try:
        skipped = f(url)
    except Exception as error:  # a failed case must not hide the others
        print(f"not ok {number} {f.__name__}\n# {error!r}")
        return False
    print(f"ok {number} {f.__name__}" + (f" # SKIP {skipped}" if skipped else ""))
    return True


def main():
    with subprocess.Popen([sys.argv[1]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as server:
        url = "http://127.0.0.1:" + server.stdout.readline().strip()
        print(f"1..{len(cases)}", flush=True)
        passed = [run(i, f, url) for i, f in enumerate(cases, 1)]
        server.stdin.close()
        ended = server.wait(timeout=60)
    return 0 if all(passed) and ended == 0 else 1


sys.exit(main())
