"""Questions of the evaluation, put to DNS; each once."""

import asyncio

from syndicate.deliver.domain.spf_walk import Answer, Kind, Question, SpfResult, Walk
from syndicate.errors import DnsTryLater, NoSuchName
from syndicate.net.dns import Resolver

# Where nobody has answered so many questions, nobody will: a machine without a network says so at once.
SILENT = 4


class Asking:
    """Answers of DNS, kept for as long as this lives. A fault is an answer too, and no verdict."""

    def __init__(self, resolver: Resolver) -> None:
        self._resolver = resolver
        self._answers: dict[Question, asyncio.Future[Answer]] = {}
        self._failures = 0
        self._heard = False

    async def ask(self, kind: Kind, name: str) -> Answer:
        """What DNS says."""
        question = Question(kind, name.lower())
        if question not in self._answers:
            self._answers[question] = asyncio.ensure_future(self._look_up(question))
        return await self._answers[question]

    async def walk(self, walk: Walk) -> SpfResult:
        """The end of the walk."""
        try:
            question = next(walk)
            while True:
                question = walk.send(await self.ask(question.kind, question.name))
        except StopIteration as end:
            result: SpfResult = end.value
            return result

    async def _look_up(self, question: Question) -> Answer:
        if self._failures >= SILENT and not self._heard:
            return Answer(failed="DNS answers nothing: is there a network?")
        ask = {
            Kind.TXT: self._resolver.txt,
            Kind.MX: self._resolver.mx,
            Kind.ADDRESSES: self._resolver.addresses,
            Kind.PTR: self._resolver.ptr,
        }[question.kind]
        try:
            answer = Answer(values=await ask(question.name))
        except NoSuchName:
            answer = Answer(exists=False)
        except DnsTryLater as error:
            self._failures += 1
            return Answer(failed=str(error))
        self._heard = True
        return answer
