from collections.abc import AsyncIterator, Awaitable

import grpc.aio

from generation.wire import dashboard_pb2 as pb

class DashboardServiceStub:
    def __init__(self, channel: grpc.aio.Channel) -> None: ...
    GetMe: grpc.aio.UnaryUnaryMultiCallable[pb.EmptyRequest, pb.User]
    GetOrganization: grpc.aio.UnaryUnaryMultiCallable[pb.GetOrganizationRequest, pb.Organization]
    GetMetrics: grpc.aio.UnaryUnaryMultiCallable[pb.GetMetricsRequest, pb.Metrics]
    CreateAPIKey: grpc.aio.UnaryUnaryMultiCallable[pb.APIKeyRequest, pb.APIKey]
    DeleteAPIKey: grpc.aio.UnaryUnaryMultiCallable[pb.APIKeyFindRequest, pb.APIKey]
    AcceptLegalTerms: grpc.aio.UnaryUnaryMultiCallable[pb.AcceptLegalTermsRequest, pb.AcceptLegalTermsResponse]
    UpdateDefaultOrganization: grpc.aio.UnaryUnaryMultiCallable[pb.UpdateDefaultOrganizationRequest, pb.User]
    GetClientSettings: grpc.aio.UnaryUnaryMultiCallable[pb.EmptyRequest, pb.ClientSettings]
    SetClientSettings: grpc.aio.UnaryUnaryMultiCallable[pb.ClientSettings, pb.ClientSettings]
    UpdateUserInfo: grpc.aio.UnaryUnaryMultiCallable[pb.UpdateUserInfoRequest, pb.User]
    UpdateUserPreferences: grpc.aio.UnaryUnaryMultiCallable[pb.UpdateUserPreferencesRequest, pb.User]
    CreatePasswordChangeTicket: grpc.aio.UnaryUnaryMultiCallable[pb.EmptyRequest, pb.UserPasswordChangeTicket]
    DeleteAccount: grpc.aio.UnaryUnaryMultiCallable[pb.EmptyRequest, pb.User]
    CreateCharge: grpc.aio.UnaryUnaryMultiCallable[pb.CreateChargeRequest, pb.Charge]
    GetCharges: grpc.aio.UnaryUnaryMultiCallable[pb.GetChargesRequest, pb.Charges]
    CreateAutoChargeIntent: grpc.aio.UnaryUnaryMultiCallable[pb.CreateAutoChargeIntentRequest, pb.AutoChargeIntent]
    UpdateAutoChargeIntent: grpc.aio.UnaryUnaryMultiCallable[pb.CreateAutoChargeIntentRequest, pb.AutoChargeIntent]
    GetAutoChargeIntent: grpc.aio.UnaryUnaryMultiCallable[pb.GetAutoChargeRequest, pb.AutoChargeIntent]

class DashboardServiceServicer:
    def GetMe(
        self, request: pb.EmptyRequest, context: grpc.aio.ServicerContext[pb.EmptyRequest, pb.User]
    ) -> Awaitable[pb.User]: ...
    def GetOrganization(
        self, request: pb.GetOrganizationRequest, context: grpc.aio.ServicerContext[pb.GetOrganizationRequest, pb.Organization]
    ) -> Awaitable[pb.Organization]: ...
    def GetMetrics(
        self, request: pb.GetMetricsRequest, context: grpc.aio.ServicerContext[pb.GetMetricsRequest, pb.Metrics]
    ) -> Awaitable[pb.Metrics]: ...
    def CreateAPIKey(
        self, request: pb.APIKeyRequest, context: grpc.aio.ServicerContext[pb.APIKeyRequest, pb.APIKey]
    ) -> Awaitable[pb.APIKey]: ...
    def DeleteAPIKey(
        self, request: pb.APIKeyFindRequest, context: grpc.aio.ServicerContext[pb.APIKeyFindRequest, pb.APIKey]
    ) -> Awaitable[pb.APIKey]: ...
    def AcceptLegalTerms(
        self, request: pb.AcceptLegalTermsRequest, context: grpc.aio.ServicerContext[pb.AcceptLegalTermsRequest, pb.AcceptLegalTermsResponse]
    ) -> Awaitable[pb.AcceptLegalTermsResponse]: ...
    def UpdateDefaultOrganization(
        self, request: pb.UpdateDefaultOrganizationRequest, context: grpc.aio.ServicerContext[pb.UpdateDefaultOrganizationRequest, pb.User]
    ) -> Awaitable[pb.User]: ...
    def GetClientSettings(
        self, request: pb.EmptyRequest, context: grpc.aio.ServicerContext[pb.EmptyRequest, pb.ClientSettings]
    ) -> Awaitable[pb.ClientSettings]: ...
    def SetClientSettings(
        self, request: pb.ClientSettings, context: grpc.aio.ServicerContext[pb.ClientSettings, pb.ClientSettings]
    ) -> Awaitable[pb.ClientSettings]: ...
    def UpdateUserInfo(
        self, request: pb.UpdateUserInfoRequest, context: grpc.aio.ServicerContext[pb.UpdateUserInfoRequest, pb.User]
    ) -> Awaitable[pb.User]: ...
    def UpdateUserPreferences(
        self, request: pb.UpdateUserPreferencesRequest, context: grpc.aio.ServicerContext[pb.UpdateUserPreferencesRequest, pb.User]
    ) -> Awaitable[pb.User]: ...
    def CreatePasswordChangeTicket(
        self, request: pb.EmptyRequest, context: grpc.aio.ServicerContext[pb.EmptyRequest, pb.UserPasswordChangeTicket]
    ) -> Awaitable[pb.UserPasswordChangeTicket]: ...
    def DeleteAccount(
        self, request: pb.EmptyRequest, context: grpc.aio.ServicerContext[pb.EmptyRequest, pb.User]
    ) -> Awaitable[pb.User]: ...
    def CreateCharge(
        self, request: pb.CreateChargeRequest, context: grpc.aio.ServicerContext[pb.CreateChargeRequest, pb.Charge]
    ) -> Awaitable[pb.Charge]: ...
    def GetCharges(
        self, request: pb.GetChargesRequest, context: grpc.aio.ServicerContext[pb.GetChargesRequest, pb.Charges]
    ) -> Awaitable[pb.Charges]: ...
    def CreateAutoChargeIntent(
        self, request: pb.CreateAutoChargeIntentRequest, context: grpc.aio.ServicerContext[pb.CreateAutoChargeIntentRequest, pb.AutoChargeIntent]
    ) -> Awaitable[pb.AutoChargeIntent]: ...
    def UpdateAutoChargeIntent(
        self, request: pb.CreateAutoChargeIntentRequest, context: grpc.aio.ServicerContext[pb.CreateAutoChargeIntentRequest, pb.AutoChargeIntent]
    ) -> Awaitable[pb.AutoChargeIntent]: ...
    def GetAutoChargeIntent(
        self, request: pb.GetAutoChargeRequest, context: grpc.aio.ServicerContext[pb.GetAutoChargeRequest, pb.AutoChargeIntent]
    ) -> Awaitable[pb.AutoChargeIntent]: ...

def add_DashboardServiceServicer_to_server(
    servicer: DashboardServiceServicer, server: grpc.aio.Server
) -> None: ...
