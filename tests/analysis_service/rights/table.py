"""Every route, and who is answered how: typed by hand from the design's table of rights.

A row lists whom it is open to, with the status of the answer. Everybody else is refused with 403; nobody, who has no
token at all, with 401. «all» is everybody, nobody included; «people» is everybody with a token who is no program.
"""

from __future__ import annotations

PEOPLE = "own patient granted relative nurse doctor glass nurse2 doctor2 analyst flow sre"
"""own: the patient whose data it is; granted: a relative who may see heart rate, state and alerts of theirs; nurse,
doctor: of the patient's team; glass: a doctor of another team who broke the glass; patient, relative, nurse2, doctor2:
the same roles with nothing to do with this patient."""
PROGRAMS = "gateway gateway2 prometheus alertmanager"
"""gateway stands with the patient, gateway2 with another."""
NOBODY = "nobody"

CARE = "nurse 200, doctor 200, glass 200"
WHO_CARES = "nurse 201, doctor 201, glass 201"
STAFF = "nurse 200, nurse2 200, doctor 200, doctor2 200, glass 200"
DOCTORS = "doctor 200, glass 200"
NOT_THERE = "nurse 404, doctor 404, glass 404"
SERIES = "nurse 200, nurse2 200, doctor 200, doctor2 200, glass 200, sre 200"
"""Foreign staff are answered too, with nothing in it: the measurement of the proxy holds that."""

P, G, Q = "/api/v1/patients/{patient}", "/api/v1/gateways/{gateway}", "/prometheus/api/v1"
V = P + "/reports/{report}/versions/{number}"

ROWS = {
    # Open to all
    "GET /healthz": "all 200",
    "GET /readyz": "all 200",
    "GET /sign-in": "all 503",  # no identity provider is set in these tests
    "GET /sign-in/callback": "all 503",
    "POST /sign-in/back-channel": "all 503",
    "POST /api/v1/enrolments": "all 503",
    # Everybody who signed in
    "GET /api/v1/me": "people 200",
    "GET /api/v1/sessions": "people 503",
    "POST /api/v1/sessions/{session}/end": "people 503",
    "GET /api/v1/session": "people 401",  # by a cookie alone
    "POST /sign-out": "people 401",
    "POST /api/v1/claims": "people 404",  # of a code that there is not
    # Dossier, gateway assignment: the patient reads own, nurses read, doctors create and change
    "GET /api/v1/patients": "own 200, patient 200, " + STAFF,
    "POST /api/v1/patients": "doctor 201, doctor2 201, glass 201",
    f"GET {P}": "own 200, " + CARE,
    f"PUT {P}": DOCTORS,
    f"POST {P}/end": DOCTORS,
    f"GET {P}/history": "own 200, " + CARE,
    f"GET {P}/contacts": "own 200, " + CARE,
    f"PUT {P}/contacts": DOCTORS,
    f"GET {P}/contacts/history": "own 200, " + CARE,
    "GET /api/v1/gateways/unassigned": "doctor 200, doctor2 200, glass 200",
    f"POST {G}/assignments": "doctor 201, glass 201",
    f"GET {G}/assignments": "own 200, patient 200, " + STAFF,  # whose is not one's own is told without a name
    f"POST {G}" + "/assignments/{id}/end": DOCTORS,
    f"GET {G}/devices": "own 200, " + CARE,
    f"PUT {G}/devices": DOCTORS,
    f"POST {G}/corrections": "doctor 202, glass 202",
    f"GET {G}/corrections": "own 200, patient 200, " + STAFF,  # of those about one's own patients
    f"GET {G}" + "/corrections/{id}": "own 200, " + CARE,
    f"GET {G}/sheet": "gateway 200",
    # Care teams and wards: staff see who there is, the team's own doctors change it
    "GET /api/v1/teams": STAFF,
    "POST /api/v1/teams": "doctor 201, doctor2 201, glass 201",
    "GET /api/v1/teams/{team}": STAFF,
    "PUT /api/v1/teams/{team}": "doctor 200",
    "POST /api/v1/teams/{team}/end": "doctor 200",
    "GET /api/v1/teams/{team}/editions": STAFF,
    "GET /api/v1/teams/{team}/members": STAFF,
    "POST /api/v1/teams/{team}/members": "doctor 201",
    "POST /api/v1/teams/{team}/members/{id}/end": "doctor 200",
    "GET /api/v1/teams/{team}/patients": STAFF,  # of them, those whom one cares for
    "POST /api/v1/teams/{team}/patients": "doctor 201",
    "POST /api/v1/teams/{team}/patients/{id}/end": "doctor 200",
    f"GET {P}/teams": "own 200, " + CARE,
    "GET /api/v1/wards": STAFF,
    "POST /api/v1/wards": "doctor 201, doctor2 201, glass 201",
    "GET /api/v1/wards/{ward}": STAFF,
    "PUT /api/v1/wards/{ward}": "doctor 200, doctor2 200, glass 200",
    "POST /api/v1/wards/{ward}/end": "doctor 200, doctor2 200, glass 200",
    "GET /api/v1/wards/{ward}/editions": STAFF,
    f"GET {P}/stays": "own 200, " + CARE,
    f"POST {P}/stays": "doctor 201",  # broken glass is for looking and helping, not for admitting
    f"POST {P}" + "/stays/{id}/end": "doctor 200",
    # Break-glass: whoever does not care, for an hour; the patient is told; a doctor of the team reviews
    f"POST {P}/break-glass": "nurse2 201, doctor2 201, nurse 409, doctor 409, glass 409",
    f"GET {P}/break-glass": "own 200, " + CARE,
    f"POST {P}" + "/break-glass/{id}/end": "nurse2 200",  # who broke it
    f"POST {P}" + "/break-glass/{id}/review": "doctor 200",
    "GET /api/v1/break-glass": "doctor 200, doctor2 200, glass 200",
    # Alerts: nurses and doctors see and take; SREs see technical ones; patients and relatives in plain words
    "POST /api/v1/alerts": "gateway 201",
    "GET /api/v1/alerts": STAFF + ", gateway 200, gateway2 200",
    "GET /api/v1/alerts/technical": STAFF + ", sre 200",
    "GET /api/v1/alerts/{id}": CARE + ", gateway 200",
    "POST /api/v1/alerts/{id}/take": CARE,
    "GET /api/v1/alerts/counts": "analyst 200",
    f"GET {P}/alerts": "own 200, granted 200",
    "POST /api/v1/alertmanager": "alertmanager 200",
    "GET /api/v1/alertmanager/refused": "sre 200",
    # Values of vitals and the general state
    f"GET {P}/vitals": "own 200, granted 200, " + CARE,
    f"GET {P}" + "/vitals/{vital}": "own 200, granted 200, " + CARE,
    f"GET {P}/state": "own 200, granted 200, " + CARE,
    "POST /api/v1/write": "gateway 204, gateway2 204",
    # Manual measurements and observations: nurses and doctors write, the patient reads own
    f"POST {P}/observations": WHO_CARES,
    f"GET {P}/observations": "own 200, " + CARE,
    f"POST {P}/measurements": WHO_CARES,
    f"GET {P}/measurements": "own 200, " + CARE,
    f"GET {P}" + "/measurements/{id}": "own 200, " + CARE,
    f"POST {P}" + "/measurements/{id}/strike": CARE,
    # Limits: nurses propose, doctors sign, the patient reads
    f"POST {P}/limits": WHO_CARES,
    f"GET {P}/limits": "own 200, " + CARE,
    f"GET {P}" + "/limits/{id}": "own 200, " + CARE,
    f"PUT {P}" + "/limits/{id}": CARE,
    f"POST {P}" + "/limits/{id}/sign": DOCTORS,
    f"POST {P}" + "/limits/{id}/reject": "doctor 200, glass 200",
    f"POST {P}" + "/limits/{id}/end": DOCTORS,
    # Consent: the patient grants and revokes, staff read
    f"POST {P}/invitation": "nurse 201, doctor 201",  # whoever takes the dossier by it has it for good
    f"POST {P}/consents": "own 201",
    f"GET {P}/consents": "own 200, " + CARE,
    f"GET {P}" + "/consents/{id}": "own 200, " + CARE,
    f"PUT {P}" + "/consents/{id}": "own 200",
    f"POST {P}" + "/consents/{id}/revoke": "own 200",
    # Feelings: the patient writes and sees when read, staff read
    f"POST {P}/feelings": "own 201",
    f"GET {P}/feelings": "own 200, " + CARE,
    f"POST {P}" + "/feelings/{id}/read": CARE,
    f"POST {P}" + "/feelings/{id}/withdraw": "own 200",
    # Medical reports: nurses and doctors write and read, doctors release, the patient reads what is released
    f"POST {P}/report-drafts": WHO_CARES,
    f"GET {P}/report-drafts": CARE,
    f"GET {P}" + "/report-drafts/{draft}": "doctor 200, nurse 404, glass 404",  # its author alone
    f"PUT {P}" + "/report-drafts/{draft}": "doctor 200, nurse 404, glass 404",
    f"POST {P}" + "/report-drafts/{draft}/discard": "doctor 204, nurse 404, glass 404",
    f"POST {P}" + "/report-drafts/{draft}/sign": "doctor 201, nurse 404, glass 404",
    f"GET {P}/reports": "own 200, " + CARE,
    f"GET {P}" + "/reports/{report}/versions": "own 404, " + CARE,  # it is not released yet
    f"GET {V}": "own 404, " + CARE,
    f"GET {V}/pdf": "own 404, " + CARE,
    f"POST {V}/amend": "doctor 201, nurse 201, glass 201",
    f"POST {V}/release": DOCTORS,
    f"POST {V}/recall": "doctor 409, glass 409",  # it is not released yet
    # Gateways and the machinery: SREs all of it, staff the state of their patients' gateways, a gateway its own
    f"PUT {G}": "sre 200",
    f"GET {G}": "sre 200, gateway 200, " + CARE,
    "GET /api/v1/gateways": "sre 200, gateway 200, gateway2 200, " + STAFF,
    f"POST {G}/heartbeat": "gateway 204",
    "GET /api/v1/http_sd": "sre 200, prometheus 200",
    f"POST {G}/claim-codes": "sre 503",  # no Keycloak is set in these tests
    f"GET {G}/claim-codes": "sre 200",
    f"POST {G}/revocation": "sre 503",
    "GET /metrics": "prometheus 200",
    "GET /api/v1/quarantine": "sre 200",
    "POST /api/v1/quarantine/{id}/replay": "sre 404",
    # What Grafana asks
    **{f"{method} {Q}/{what}": SERIES for method in ("GET", "POST") for what in ("series", "labels", "metadata")},
    **{f"{method} {Q}/{what}": SERIES for method in ("GET", "POST") for what in ("query", "query_range")},
    **{f"{method} {Q}/label/{{name}}/values": SERIES for method in ("GET", "POST")},
    # Audit
    "GET /api/v1/audit/verification": "sre 200",
    f"GET {P}/audit": "own 200",
    f"GET {P}/export": "own 200",
}


def expected(row: str) -> dict[str, int]:
    """The status of each actor's answer."""
    actors = f"{PEOPLE} {PROGRAMS}".split()
    answers = dict.fromkeys(actors, 403) | {NOBODY: 401}
    for part in row.split(", "):
        who, status = part.split()
        for actor in _named(who, actors):
            assert actor in answers, f"{actor}: expected one of {', '.join(answers)}"
            answers[actor] = int(status)
    return answers


def _named(who: str, actors: list[str]) -> list[str]:
    return {"all": [*actors, NOBODY], "people": PEOPLE.split()}.get(who, [who])
