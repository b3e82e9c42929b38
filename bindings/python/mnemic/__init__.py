# SPDX-License-Identifier: Apache-2.0
"""Memory for agents, in one file: conversational, episodic, semantic and procedural memory, recalled by meaning, words, time
and relations, offline, with nothing else running.

Examples
--------
>>> import mnemic
>>> with mnemic.open(":memory:", time_zone="Europe/Lisbon") as store:
...     ada = store.scope("acme", "ada", agent="helper")
...     _ = ada.put("Prefers window seats", key="pref:seat", metadata={"trip": {"n": 3}})
...     hits = ada.recall("which seat?", k=5, where={"metadata.trip.n": {"$gte": 2}})
...     [hit.text for hit in hits]
['Prefers window seats']
"""

from mnemic import embedders as embedders
from mnemic import rerankers as rerankers
from mnemic._core import (
    Asserted,
    Attribute,
    BackupReport,
    CancelToken,
    CheckIssue,
    CheckReport,
    Episode,
    EraseReceipt,
    Erasure,
    EstimatingTokenCounter,
    Explanation,
    ExportReport,
    Fact,
    ForgetReport,
    Grant,
    Hit,
    ImportProblem,
    ImportReport,
    Job,
    LayerUsage,
    LostRow,
    MaintainReport,
    Memory,
    NativeEmbedder,
    NativeReranker,
    PackedContext,
    Pass,
    Passage,
    Policy,
    Provenance,
    RecallBatch,
    RecallResult,
    RecordedRun,
    Reembedding,
    RekeyReport,
    Related,
    Relation,
    RestoreReport,
    SalvageReport,
    ScoreParts,
    SecretScreen,
    SessionInfo,
    Skill,
    SkillMatch,
    Step,
    StoreStats,
    TimeWindow,
    Tombstone,
    Validity,
    Written,
    default_attributes,
    default_embedder,
    estimating_token_counter,
    format_namespace,
    hashed_embedder,
    parse_namespace,
    secret_screen,
    static_embedder,
)
from mnemic._core import version as _version
from mnemic.enums import (
    OPEN,
    UNSET,
    Access,
    Cardinality,
    Depth,
    Direction,
    Durability,
    EmbedKind,
    FactKind,
    JobState,
    Layer,
    OnConflict,
    Open,
    Order,
    Outcome,
    PolicyKind,
    Reach,
    Stage,
    State,
    TombstoneKind,
    TransferFormat,
    Trust,
    Unset,
    Verdict,
)
from mnemic.errors import (
    Aborted,
    AlreadyExists,
    Busy,
    Cancelled,
    Corruption,
    Error,
    FailedPrecondition,
    Internal,
    InvalidArgument,
    IoError,
    LiveFileWarning,
    NotFound,
    PermissionDenied,
    ResourceExhausted,
    StoreNotFound,
    Unsupported,
)
from mnemic.inputs import (
    AttributeFields,
    FactFields,
    JsonText,
    LayerQuota,
    Limits,
    MemoryFields,
    Message,
    PassFields,
    ProvenanceFields,
    RelationFields,
    StepFields,
    Turn,
    Vectors,
    Where,
)
from mnemic.jobs import JobContext, JobHandler, Jobs
from mnemic.keep import rekey, restore, salvage
from mnemic.layers import Episodes, Facts, Skills
from mnemic.listing import Listing
from mnemic.maintainer import Maintainer
from mnemic.models import Clock, Embedder, EmbeddingSpace, Log, Planner, Reranker, Screen, ScreenVerdict, SpaceLike, TokenCounter
from mnemic.policies import Policies
from mnemic.scope import Batch, Scope
from mnemic.session import Session
from mnemic.store import Admin, Store, open

__version__ = _version()

__all__ = [
    "OPEN", "UNSET", "Aborted", "Access", "Admin", "AlreadyExists", "Asserted", "Attribute", "AttributeFields",
    "BackupReport", "Batch", "Busy", "CancelToken", "Cancelled", "Cardinality", "CheckIssue", "CheckReport", "Clock",
    "Corruption", "Depth", "Direction", "Durability", "EmbedKind", "Embedder", "EmbeddingSpace", "Episode", "Episodes",
    "EraseReceipt", "Erasure", "Error", "EstimatingTokenCounter", "Explanation", "ExportReport", "Fact", "FactFields",
    "FactKind", "Facts", "FailedPrecondition", "ForgetReport", "Grant", "Hit", "ImportProblem", "ImportReport",
    "Internal", "InvalidArgument", "IoError", "Job", "JobContext", "JobHandler", "JobState", "Jobs", "JsonText",
    "Layer", "LayerQuota", "LayerUsage", "Limits", "Listing", "LiveFileWarning", "Log", "LostRow", "MaintainReport", "Maintainer",
    "Memory", "MemoryFields", "Message", "NativeEmbedder", "NativeReranker", "NotFound", "OnConflict", "Open", "Order",
    "Outcome", "PackedContext", "Pass", "PassFields", "Passage", "PermissionDenied", "Planner", "Policies", "Policy",
    "PolicyKind", "Provenance", "ProvenanceFields", "Reach", "RecallBatch", "RecallResult", "RecordedRun",
    "Reembedding", "RekeyReport", "Related", "Relation", "RelationFields", "Reranker", "ResourceExhausted", "RestoreReport",
    "SalvageReport", "Scope", "ScoreParts", "Screen", "ScreenVerdict", "SecretScreen", "Session", "SessionInfo",
    "Skill", "SkillMatch", "Skills", "SpaceLike", "Stage", "State", "Step", "StepFields", "Store", "StoreNotFound",
    "StoreStats", "TimeWindow", "TokenCounter", "Tombstone", "TombstoneKind", "TransferFormat", "Trust", "Turn", "Unset",
    "Unsupported", "Validity", "Vectors", "Verdict", "Where", "Written", "__version__", "default_attributes", "default_embedder",
    "estimating_token_counter", "format_namespace", "hashed_embedder", "open", "parse_namespace", "rekey", "restore", "salvage",
    "secret_screen", "static_embedder",
]
