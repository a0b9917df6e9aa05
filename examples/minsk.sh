# The package of measures signed in Minsk in 2015. Run it in an empty directory, or read it.
# What it answers: deadlines that hang on the ceasefire, one that waits for another measure, an
# extension for some, and who may end the whole.
export PACTWATCH_DB=${PACTWATCH_DB:-minsk.db}
export PACTWATCH_AUTHOR=${PACTWATCH_AUTHOR:-desk}
pactwatch db init

pactwatch party add osce --name "OSCE" --zone Europe/Vienna \
  --now 2015-02-12T18:00:00Z --id minsk-01 -y
pactwatch record AgreementRecorded minsk title="Package of measures, Minsk" parties=UKR,RUS \
  zone=Europe/Kyiv occurred=2015-02-12 speaker=osce primary_source="UN Security Council, resolution 2202 (2015)" \
  --now 2015-02-12T18:00:00Z --id minsk-02 -y
pactwatch record CommitmentAccepted minsk commitment=ceasefire-ukr kind=maintenance debtor=UKR \
  creditor=RUS promise="To cease fire" occurred=2015-02-12 speaker=osce \
  terms.start=2015-02-15T00:00:00+02:00 --now 2015-02-12T18:00:00Z --id minsk-03 -y
pactwatch record CommitmentAccepted minsk commitment=ceasefire-rus kind=maintenance debtor=RUS \
  creditor=UKR promise="To cease fire" occurred=2015-02-12 speaker=osce reciprocal_with=ceasefire-ukr \
  terms.start=2015-02-15T00:00:00+02:00 --now 2015-02-12T18:00:00Z --id minsk-04 -y
pactwatch record CommitmentAccepted minsk commitment=weapons-begin kind=achievement \
  debtor=UKR,RUS creditor=UKR,RUS promise="To begin to withdraw heavy weapons" \
  occurred=2015-02-12 speaker=osce terms.due="P2D after ceasefire-ukr start inclusive" \
  --now 2015-02-12T18:00:00Z --id minsk-05 -y
pactwatch record CommitmentAccepted minsk commitment=weapons kind=achievement \
  debtor=UKR,RUS creditor=UKR,RUS promise="To have withdrawn heavy weapons" \
  occurred=2015-02-12 speaker=osce terms.due="P14D after ceasefire-ukr start" \
  --now 2015-02-12T18:00:00Z --id minsk-06 -y
pactwatch record CommitmentAccepted minsk commitment=reform kind=achievement debtor=UKR \
  creditor=RUS promise="To reform the constitution" occurred=2015-02-12 speaker=osce \
  terms.due=2015-12-31 --now 2015-02-12T18:00:00Z --id minsk-07 -y
pactwatch record AcceptedConditionally minsk commitment=border kind=achievement debtor=RUS \
  creditor=UKR promise="To give back control of the border" occurred=2015-02-12 speaker=osce \
  terms.due=2015-12-31 terms.zone=Europe/Kyiv \
  antecedents='[{"id":"reform-done","text":"the constitution is reformed","on":"reform","awaits":"discharged"}]' \
  --now 2015-02-12T18:00:00Z --id minsk-08 -y

# By the end of the year neither is done; all agree to go on in the next.
pactwatch record TermExtended minsk by=UKR,RUS speaker=osce basis=neutral_body \
  terms.due=2016-12-31 commitments=reform,border occurred=2015-12-30 \
  --now 2016-01-02T18:00:00Z --id minsk-09 -y

# Russia says that the package no longer exists. No clause lets it withdraw, so its word stands as
# a position; that the whole has ended is the desk's own finding.
pactwatch record PositionStated minsk speaker=RUS text="the agreements no longer exist" \
  occurred=2022-02-22 --now 2022-02-22T20:00:00Z --id minsk-10 -y
pactwatch record MutuallyTerminated minsk basis=analyst_finding \
  reason="one signatory recognised the entities that the package was to bring back" \
  occurred=2022-02-22 --now 2022-02-23T20:00:00Z --id minsk-11 -y
