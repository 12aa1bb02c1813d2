"""What an answer tells about the pace."""

import pytest

from syndicate.deliver.pace import Answer, Step
from syndicate.deliver.pacing.signs import Sign, about_relay, sign_of


@pytest.mark.parametrize(
    ("step", "code", "text", "sign"),
    [
        (Step.DOT, 250, "2.0.0 queued", Sign.WELL),
        (Step.RCPT, 451, "4.7.1 try again later", Sign.SLOW),
        (Step.RCPT, 451, "4.7.1 greylisted, see you in five minutes", Sign.NONE),
        (Step.RCPT, 450, "4.2.0 graylisting in action", Sign.NONE),
        (Step.RCPT, 452, "4.2.2 mailbox full", Sign.NONE),
        (Step.RCPT, 450, "4.2.1 this person gets mail at a rate that prevents more", Sign.NONE),
        (Step.RCPT, 450, "4.1.8 sender's domain not found", Sign.NONE),
        (Step.RCPT, 451, "local error", Sign.WEAK),
        (Step.DOT, 452, "4.3.1 no room", Sign.WEAK),
        (Step.RCPT, 451, "too many messages from you", Sign.SLOW),
        (Step.DOT, 421, "closing", Sign.SLOW),
        (Step.RCPT, 421, "4.7.28 unusual rate of mail", Sign.SLOW),
        (Step.RCPT, 421, "closing", Sign.WEAK),
        (Step.MAIL, 421, "4.3.2 closing", Sign.NONE),
        (Step.MAIL, 421, "4.7.0 temporarily deferred", Sign.SLOW),
        (Step.DOT, 454, "Throttling failure: Maximum sending rate exceeded.", Sign.SLOW),
        (Step.RCPT, 550, "5.1.1 unknown", Sign.NONE),
        (Step.RCPT, 550, "5.7.1 blocked", Sign.POLICY),
        (Step.MAIL, 530, "5.7.0 authenticate", Sign.NONE),
        (Step.DOT, 0, "the connection broke", Sign.NONE),
    ],
)
def test_an_answer_is_a_sign(step: Step, code: int, text: str, sign: Sign) -> None:
    assert sign_of(Answer(step=step, code=code, text=text)) is sign


@pytest.mark.parametrize(
    ("step", "code", "relay"),
    [(Step.MAIL, 451, True), (Step.RCPT, 451, False), (Step.DOT, 454, True), (Step.DOT, 452, False)],
)
def test_before_a_recipient_is_named_it_is_about_the_relay(step: Step, code: int, relay: bool) -> None:
    assert about_relay(Answer(step=step, code=code, text="later")) == relay
