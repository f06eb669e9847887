"""The service's calls: sign-in, lists, and reading and writing records."""

import json
import math
from collections.abc import Awaitable, Callable
from typing import Final, NoReturn, TypeGuard
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from importer.entities import COURSE, ID, INSTRUCTOR, LARGEST_WHOLE, SERVED, Entity
from importer.sandbox.accounts import Accounts, SignInRefusedError, User
from importer.sandbox.checks import REQUIRED, check
from importer.sandbox.faults import Faults
from importer.sandbox.lists import page_of, read_query, without_texts
from importer.sandbox.records import Record, Refusal, failure, refusal, success
from importer.sandbox.seed import COWORKERS
from importer.sandbox.store import Store
from importer.sandbox.traffic import TOKEN_PATH

ROOT: Final = "/api/content"
Call = Callable[[Entity, User, Request], Awaitable[Response]]


class Json(JSONResponse):
    """JSON in UTF-8, whatever half characters a refused body had."""

    def render(self, content: object) -> bytes:
        """The bytes of the answer."""
        text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        return text.encode("utf-8", "replace")


class Service:
    """The service over one store. `full_lists` and `full_batches`: whether records in those have their long texts."""

    def __init__(
        self,
        store: Store,
        accounts: Accounts,
        faults: Faults,
        *,
        page_cap: int,
        full_lists: bool,
        full_batches: bool,
        clock: Callable[[], float],
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._faults = faults
        self._page_cap = page_cap
        self._full_lists = full_lists
        self._full_batches = full_batches
        self._clock = clock

    def routes(self) -> list[BaseRoute]:
        """The address of each call."""
        routes: list[BaseRoute] = [Route(TOKEN_PATH, self._token, methods=["POST"])]
        routes.append(Route(f"/api/{INSTRUCTOR.path}", self._coworkers, methods=["GET"]))
        for entity in SERVED:
            for path in (f"{ROOT}/{entity.path}", f"{ROOT}/{entity.path}/"):
                routes += [
                    Route(path, self._several(entity), methods=["GET"]),
                    Route(path, self._call(entity, "Create", self._create), methods=["POST"]),
                    Route(path, self._call(entity, "Edit", self._edit), methods=["PUT"]),
                ]
            one = f"{ROOT}/{entity.path}/{{id:int}}"
            routes.append(Route(one, self._call(entity, "Read", self._read), methods=["GET"]))
            routes.append(Route(one, self._call(entity, "Delete", self._delete), methods=["DELETE"]))
        return routes

    def _call(self, entity: Entity, role: str, call: Call) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            user = self._accounts.user_of(request.headers.get("authorization", ""))
            if user is None or f"{entity.record}-{role}" in user.missing_roles:
                return JSONResponse(failure("Sign in with an account that may do this."), 401)
            return await call(entity, user, request)

        return answer

    def _several(self, entity: Entity) -> Callable[[Request], Awaitable[Response]]:
        batch = self._call(entity, "Read", self._batch)
        page = self._call(entity, "List", self._list)

        async def answer(request: Request) -> Response:
            return await (batch if "id" in request.query_params else page)(request)

        return answer

    async def _token(self, request: Request) -> Response:
        form = dict(parse_qsl((await request.body()).decode("utf-8", "replace"), keep_blank_values=True))
        try:
            return JSONResponse(self._accounts.sign_in(form))
        except SignInRefusedError as refused:
            return JSONResponse({"error": refused.error, "error_description": refused.description}, 400)

    async def _coworkers(self, request: Request) -> Response:
        """Those whose e-mail address holds what is asked for, in any case: filters match parts."""
        user = self._accounts.user_of(request.headers.get("authorization", ""))
        if user is None or f"{INSTRUCTOR.record}-List" in user.missing_roles:
            return JSONResponse(failure("Sign in with an account that may do this."), 401)
        part = request.query_params.get(f"{INSTRUCTOR.record}_{INSTRUCTOR.key}", "").casefold()
        found = [
            {ID: id, "FullName": name, INSTRUCTOR.key: address}
            for id, name, address in COWORKERS
            if part in address.casefold()
        ]
        query = read_query(COURSE, request.query_params, page_cap=self._page_cap)
        first = (query.page - 1) * query.size
        return JSONResponse(page_of(query, found[first : first + query.size], len(found)))

    async def _list(self, entity: Entity, user: User, request: Request) -> Response:
        until = self._clock() - self._faults.list_lag if self._faults.list_lag else None
        query = read_query(entity, request.query_params, page_cap=self._page_cap, until=until)
        records, total = self._store.find(entity, query)
        return JSONResponse(page_of(query, records if self._full_lists else without_texts(entity, records), total))

    async def _batch(self, entity: Entity, user: User, request: Request) -> Response:
        try:
            ids = json.loads(request.query_params["id"])
        except ValueError:
            ids = None
        if not isinstance(ids, list) or not all(_is_id(id) for id in ids):
            return JSONResponse(failure("id: must be a list of numbers, such as [1,2,3]"), 400)
        records = self._store.get_many(entity, ids)
        return JSONResponse(records if self._full_batches else without_texts(entity, records))

    async def _read(self, entity: Entity, user: User, request: Request) -> Response:
        record = self._store.get(entity, _id(request))
        return _missing(entity, _id(request)) if record is None else JSONResponse(record)

    async def _create(self, entity: Entity, user: User, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _unreadable()
        if refusals := check(entity, body, self._store.get):
            return Json(refusal(refusals), 400)
        id = self._store.create(entity, body, by=user.name)
        return JSONResponse(success(entity, "created", id, user.name, self._store.get(entity, id)))

    async def _edit(self, entity: Entity, user: User, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return _unreadable()
        id = body.get(ID)
        if not _is_id(id):
            wrong = REQUIRED if id is None else "must be a whole number"
            return Json(refusal([Refusal(property=ID, message=wrong, attempted=id)]), 400)
        if self._store.get(entity, id) is None:
            return _missing(entity, id)
        if refusals := check(entity, body, self._store.get):
            return Json(refusal(refusals), 400)
        self._store.update(entity, id, body, by=user.name)
        return JSONResponse(success(entity, "updated", id, user.name, self._store.get(entity, id)))

    async def _delete(self, entity: Entity, user: User, request: Request) -> Response:
        id = _id(request)
        if self._store.has_children(entity, id):
            return JSONResponse(failure(f"{entity.record} {id} has records below it."), 400)
        if not self._store.delete(entity, id):
            return _missing(entity, id)
        return JSONResponse(success(entity, "deleted", id, user.name))


def _is_id(value: object) -> TypeGuard[int]:
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) <= LARGEST_WHOLE


def _id(request: Request) -> int:
    id: int = request.path_params["id"]
    # SQLite holds 64 bits, an address any number.
    return min(id, LARGEST_WHOLE + 1)


async def _body(request: Request) -> Record | None:
    """The JSON object of a body; None where it is not one. NaN and Infinity are no JSON."""
    try:
        body = json.loads(await request.body(), parse_constant=_no_json, parse_float=_finite)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _finite(text: str) -> float:
    """A number of JSON; `ValueError` where it is too large for one of ours."""
    number = float(text)
    return number if math.isfinite(number) else _no_json(text)


def _no_json(constant: str) -> NoReturn:
    raise ValueError(constant)


def _unreadable() -> Response:
    return JSONResponse(failure("The body must be a JSON object."), 400)


def _missing(entity: Entity, id: int) -> Response:
    return JSONResponse(failure(f"There is no {entity.record} {id}."), 404)
