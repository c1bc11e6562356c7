"""DashboardService: the one user and organisation that a client asks about to see its balance."""

from __future__ import annotations

import grpc
import grpc.aio

from generation.wire import dashboard_pb2 as pb
from generation.wire.dashboard_pb2_grpc import DashboardServiceServicer

ORGANIZATION_ID = "atelier"
USER_ID = "operator"
ANSWERED = frozenset({"GetMe", "GetOrganization"})
"""The service's calls that mean something on a server without accounts."""


class AccountService(DashboardServiceServicer):
    """One organisation with a fixed balance in dollars: nothing is charged here."""

    def __init__(self, balance: float) -> None:
        self._balance = balance

    async def GetMe(
        self, request: pb.EmptyRequest, context: grpc.aio.ServicerContext[pb.EmptyRequest, pb.User]
    ) -> pb.User:
        """The operator, a member of the organisation."""
        member = pb.OrganizationMember(
            organization=self._organization(), role=pb.OWNER, is_default=True
        )
        return pb.User(id=USER_ID, organizations=[member])

    async def GetOrganization(
        self,
        request: pb.GetOrganizationRequest,
        context: grpc.aio.ServicerContext[pb.GetOrganizationRequest, pb.Organization],
    ) -> pb.Organization:
        """The organisation with its balance."""
        if request.id != ORGANIZATION_ID:
            await context.abort(
                grpc.StatusCode.NOT_FOUND,
                f"there is no organization {request.id[:64]!r} here, only {ORGANIZATION_ID}",
            )
        return self._organization()

    def _organization(self) -> pb.Organization:
        return pb.Organization(
            id=ORGANIZATION_ID,
            name="Atelier",
            description="Pictures from this server cost nothing.",
            payment_info=pb.OrganizationPaymentInfo(balance=self._balance),
        )
