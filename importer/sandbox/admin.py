"""The sandbox's own addresses under /sandbox, by which another process changes its faults and reads its log."""

from dataclasses import asdict
from typing import Final

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Route

from importer.entities import ID, SERVED
from importer.sandbox.faults import Fault, Faults, FaultUnreadableError
from importer.sandbox.log import Log
from importer.sandbox.store import Store

ADMIN_ROOT: Final = "/sandbox"
COLLEAGUE: Final = "colleague@example.com"


class Admin:
    """The calls. They need no sign-in, count towards no limit and are not logged."""

    def __init__(self, store: Store, faults: Faults, log: Log) -> None:
        self._store = store
        self._faults = faults
        self._log = log

    def routes(self) -> list[BaseRoute]:
        """The address of each call."""
        return [
            Route(f"{ADMIN_ROOT}/faults", self._get_faults, methods=["GET"]),
            Route(f"{ADMIN_ROOT}/faults", self._put_faults, methods=["PUT"]),
            Route(f"{ADMIN_ROOT}/log", self._get_log, methods=["GET"]),
            Route(f"{ADMIN_ROOT}/log", self._clear_log, methods=["DELETE"]),
            Route(f"{ADMIN_ROOT}/expire-tokens", self._expire_tokens, methods=["POST"]),
            Route(f"{ADMIN_ROOT}/records/{{path}}", self._add_record, methods=["POST"]),
        ]

    async def _get_faults(self, request: Request) -> Response:
        return JSONResponse(
            {"list_lag": self._faults.list_lag, "faults": [fault.as_json() for fault in self._faults.present]}
        )

    async def _put_faults(self, request: Request) -> Response:
        try:
            given = await request.json()
            faults = [Fault.from_json(each) for each in given["faults"]]
            self._faults.replace(faults, list_lag=float(given.get("list_lag", 0)))
        except FaultUnreadableError as error:
            return JSONResponse({"error": str(error)}, 400)
        except (ValueError, TypeError, KeyError, AttributeError):
            return JSONResponse({"error": "expected an object with faults (a list) and list_lag (seconds)"}, 400)
        return await self._get_faults(request)

    async def _get_log(self, request: Request) -> Response:
        return JSONResponse({"counts": self._log.counts, "requests": [asdict(entry) for entry in self._log.entries]})

    async def _clear_log(self, request: Request) -> Response:
        self._log.clear()
        return Response(status_code=204)

    async def _expire_tokens(self, request: Request) -> Response:
        self._faults.expire_tokens()
        return Response(status_code=204)

    async def _add_record(self, request: Request) -> Response:
        """What a colleague adds, unchecked."""
        path = request.path_params["path"]
        entity = next((entity for entity in SERVED if entity.path == path), None)
        if entity is None:
            return JSONResponse({"error": "expected one of " + ", ".join(entity.path for entity in SERVED)}, 404)
        return JSONResponse({ID: self._store.create(entity, await request.json(), by=COLLEAGUE)})
