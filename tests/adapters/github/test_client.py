"""Bounded, never twice, one line, and no token in it."""

import time

import pytest

from gate.adapters.github import Client, Connection
from gate.errors import BrokenQuestionError, GitHubError
from tests.adapters.github.conftest import TOKEN, Answer

pytestmark = [pytest.mark.enable_socket, pytest.mark.filterwarnings("ignore::ResourceWarning")]


def read(client):
    return client.read("the thing", lambda: client.requester.requestJsonAndCheck("GET", "/thing")[1])


def post(client, look_up):
    return client.write(
        "make a thing", lambda: client.requester.requestJsonAndCheck("POST", "/thing", input={"a": 1})[1], look_up
    )


FAULTS = {
    "a server's error": Answer(status=502, body={"message": "Bad gateway"}),
    "a server's page": Answer(status=503, body=b"<html>"),
    "a reset": Answer(act="reset"),
    "half an answer": Answer(act="short"),
    "a page for an answer": Answer(body=b"<html>"),
    "half a JSON": Answer(body=b'{"a": '),
    "a limit": Answer(status=429, headers={"Retry-After": "0"}),
    "a secondary limit": Answer(
        status=403, body={"message": "You have exceeded a secondary rate limit."}, headers={"Retry-After": "0"}
    ),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_read_is_asked_again(fault, told):
    told.answers = [fault, fault, Answer(body={"a": 1})]
    with told.client() as client:
        assert client.read("x", lambda: client.requester.requestJsonAndCheck("GET", "/thing")[1]["a"]) == 1
    assert len(told.asked) == 3


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_an_error_that_stays_is_one_line_in_bounded_time(fault, told):
    told.answers = [fault]
    with told.client() as client, pytest.raises(GitHubError) as caught:
        client.read("the thing", lambda: client.requester.requestJsonAndCheck("GET", "/thing")[1]["a"])
    assert len(told.asked) == 4
    assert "\n" not in caught.value.message + caught.value.advice
    assert caught.value.advice


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS)
def test_a_write_is_looked_up_before_it_is_sent_again(fault, told):
    """The fault came after the write: it is found, and not sent twice."""
    told.answers = [fault]
    with told.client() as client:
        found = client.write(
            "x", lambda: client.requester.requestJsonAndCheck("POST", "/thing", input={})[1]["a"], lambda: "there"
        )
    assert found == "there"
    assert len(told.asked) == 1


def test_a_write_that_did_not_arrive_is_sent_again(told):
    told.answers = [FAULTS["a reset"], Answer(status=201, body={"a": 1})]
    looked = []
    with told.client() as client:
        assert post(client, lambda: looked.append(1)) == {"a": 1}
    assert looked == [1]
    assert [asked[0] for asked in told.asked] == ["POST", "POST"]


@pytest.mark.parametrize("status", [400, 401, 403, 404, 409, 422])
def test_a_refusal_is_not_asked_again(status, told):
    told.answers = [Answer(status=status, body={"message": "No."})]
    with told.client() as client, pytest.raises(GitHubError, match=str(status)) as caught:
        post(client, lambda: None)
    assert len(told.asked) == 1
    assert caught.value.status == status


def test_what_is_not_there_may_be_not_there(told):
    told.answers = [Answer(status=404, body={"message": "Not Found"})]
    with told.client() as client:
        assert client.found("x", lambda: client.requester.requestJsonAndCheck("GET", "/thing")) is None


LONG_WAITS = {
    "retry after": Answer(status=429, headers={"Retry-After": "3600"}),
    "primary limit": Answer(
        status=403,
        body={"message": "API rate limit exceeded for installation."},
        headers={"X-RateLimit-Remaining": "0", "X-RateLimit-Reset": str(int(time.time()) + 3600)},
    ),
    "secondary limit without a time": Answer(status=403, body={"message": "You have exceeded a secondary rate limit."}),
    "a strange time": Answer(status=429, headers={"Retry-After": "9" * 400}),
}


@pytest.mark.parametrize("answer", LONG_WAITS.values(), ids=LONG_WAITS)
def test_a_pause_that_is_too_long_is_not_waited_for(answer, told):
    told.answers = [answer]
    with told.client() as client, pytest.raises(GitHubError, match=r"40|42") as caught:
        read(client)
    assert len(told.asked) == 1
    assert "pause" in caught.value.advice


def test_a_pause_is_kept(told):
    told.answers = [Answer(status=429, headers={"Retry-After": "0.3"}), Answer()]
    with told.client() as client:
        started = time.monotonic()
        read(client)
    assert time.monotonic() - started >= 0.3


def test_a_slow_answer_is_given_up(told):
    told.answers = [Answer(act="slow")]
    with told.client(answer=1, tries=2) as client, pytest.raises(GitHubError, match="too long"):
        read(client)
    assert len(told.asked) == 2


def test_all_calls_together_have_an_end(told):
    told.answers = [Answer()]
    with told.client(whole=0.0) as client, pytest.raises(GitHubError, match="gave up"):
        read(client)
    assert told.asked == []


@pytest.mark.parametrize("fault", [Answer(status=422, body={"message": f"bad\n{TOKEN} x"}), FAULTS["a reset"]])
def test_the_token_is_in_no_message(fault, told):
    told.answers = [fault]
    with told.client() as client, pytest.raises(GitHubError) as caught:
        read(client)
    assert TOKEN not in f"{caught.value} {caught.value.advice} {client.connection!r}"
    assert any(TOKEN in asked[2]["Authorization"] for asked in told.asked)


@pytest.mark.parametrize(
    "wrong",
    [
        {"token": ""},
        {"token": f"{TOKEN}\n"},
        {"token": f"{TOKEN}\u2603"},
        {"repository": "name"},
        {"repository": "/x"},
        {"api_url": "ftp://x"},
        {"api_url": "https://host:99999/api/v3"},
        {"api_url": "https://host:port/api/v3"},
        {"api_url": "https://[::1/api/v3"},
        {"api_url": "https://user:pw@host"},
        {"api_url": "http://ghe.example.com/api/v3"},
    ],
)
def test_what_cannot_work_is_said_before_anything_is_sent(wrong):
    with pytest.raises(BrokenQuestionError) as caught:
        Client(Connection(**{"repository": "o/r", "token": TOKEN, **wrong}))
    assert TOKEN not in str(caught.value)


def test_a_refusal_names_its_reasons(told):
    errors = [{"resource": "Status", "code": "custom", "message": "no more of them"}, "nor of those", {"code": "x"}, 7]
    told.answers = [Answer(status=422, body={"message": "Validation Failed", "errors": errors})]
    with told.client() as client, pytest.raises(GitHubError, match="Validation Failed: no more of them: nor of those"):
        read(client)


def test_a_list_is_followed_however_little_a_page_holds(told):
    following = {"Link": f'<{told.url}/things?page=2>; rel="next", <{told.url}/things?page=9>; rel="last"'}
    told.answers = [Answer(body={"things": [1]}, headers=following), Answer(body={"things": [2]})]
    with told.client() as client:
        assert client.read("things", lambda: client.listed("/things", {"of": "me"}, 10, "things")) == [1, 2]
    assert [path for _, path, *_ in told.asked] == ["/things?of=me&per_page=100", "/things?page=2"]


def test_a_list_without_end_is_left(told):
    told.answers = [Answer(body=[1, 2], headers={"Link": f'<{told.url}/things>; rel="next"'})]
    with told.client() as client:
        assert client.listed("/things", {}, 5) == [1, 2, 1, 2, 1]
