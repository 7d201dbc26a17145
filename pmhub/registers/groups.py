"""Kinds of records by what one comes for: in the admin pages, and in the index of all registers.
What is named nowhere stands last."""

TASKS = {
    "Set the rules": (
        "Portfolio StrategicObjective RuleSet Tolerance DelegatedLimit Envelope Board Template"
        " TemplateMilestone TemplateEntry TemplateRole TemplateCriterion"
        " ProcessAsset AssetVersion ScoringCriterion ClosedYear CustomField CurrencyRate"
        " SignInRule"
    ),
    "People and access": "Person OrganisationUnit RoleAssignment User Token Attempt",
    "What people can do": (
        "Discipline DisciplineLink CompetenceRecord TeamMaturity Training Qualification Post"
    ),
    "The PMO at work": "Service HelpRequest Proposal ProposalScore",
    "Programmes": (
        "Programme ProgrammeMandate Tranche OperatingModelState Outcome ImpactedGroup"
        " AdoptionAssessment ProgrammeLine ObjectiveMeasurement"
    ),
    "Business cases": "BusinessCase CaseOption CaseFlow",
    "Projects and plans": (
        "Project Baseline Milestone Output QualityRecord Dependency DependencyMessage"
        " MilestoneForecast WorkPackage Iteration Estimate TailoringRecord"
    ),
    "Stakeholders and communications": "Stakeholder StakeholderAssessment Communication",
    "Risks, issues and actions": "Risk Issue Assumption Action ComplianceItem Lesson LessonUse",
    "Money": ("BudgetLine BudgetRequest BudgetTransfer CostActual Commitment ContingencyMovement"),
    "Resources": "Resource ResourceCapacity Allocation",
    "Benefits": (
        "Benefit ProfileVersion BenefitProfileEntry BenefitMeasurement BenefitContribution"
        " BenefitLink BenefitReview BenefitHandOver OverlapCase BenefitAnchor"
        " SharedBenefitClaim"
    ),
    "Assurance, decisions and reports": (
        "AssuranceReview AssuranceRecommendation InspectionPlan Inspection InspectionFinding"
        " OversightDecision DcaRecord HealthOverride"
        " Decision Delegation BoardMeeting BoardPack ExceptionReport"
        " Acknowledgement Gate GateCriterion GateVote GateCondition ChangeRequest ChangeVote"
        " StatusReport"
    ),
    "Look at figures": "ProgrammeRollup MetricValue LedgerLine ProjectForecast RollupRequest",
}
