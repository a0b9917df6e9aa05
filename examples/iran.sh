# The nuclear deal with Iran, 2015 to 2025. Run it in an empty directory, or read it.
# What it answers: a president whose word is his state's only while he is in office, a length that
# counts from when another promise comes into force, a clause that lets a side go once the other
# has left, and an end that hangs on a notice, which is taken back and given again.
export PACTWATCH_DB=${PACTWATCH_DB:-iran.db}
export PACTWATCH_AUTHOR=${PACTWATCH_AUTHOR:-desk}
pactwatch db init

pactwatch party add iaea --name "International Atomic Energy Agency" --zone Europe/Vienna \
  --now 2015-07-14T16:00:00Z --id iran-01 -y
pactwatch party add e3 --name "France, Germany and the United Kingdom" --zone Europe/Brussels \
  --now 2015-07-14T16:00:00Z --id iran-02 -y
pactwatch party add obama --name "Barack Obama" --speaks-for USA \
  --now 2015-07-14T16:00:00Z --id iran-03 -y
pactwatch party add trump --name "Donald Trump" --zone America/New_York \
  --now 2015-07-14T16:00:00Z --id iran-04 -y
pactwatch agreement add iran --title "Joint Comprehensive Plan of Action" \
  --party IRN --party USA --party e3 --zone Europe/Vienna --occurred 2015-07-14 \
  --clause release.on=alleged --speaker e3 --now 2015-07-14T18:00:00Z --id iran-05 -y
pactwatch record AcceptedConditionally iran commitment=relief kind=maintenance debtor=USA \
  creditor=IRN promise="To lift the sanctions on oil and banks, and keep them lifted" \
  occurred=2015-07-14 speaker=obama \
  antecedents='[{"id":"first-steps","text":"the Agency finds that Iran has taken the first steps"}]' \
  --now 2015-07-14T18:00:00Z --id iran-06 -y
pactwatch record AcceptedConditionally iran commitment=enrichment kind=maintenance debtor=IRN \
  creditor=USA,e3 promise="To enrich uranium to 3.67 per cent at most" reciprocal_with=relief \
  occurred=2015-07-14 speaker=IRN terms.start="P0D after relief in_force" terms.duration=P15Y \
  terms.count=exclusive terms.zone=Asia/Tehran \
  antecedents='[{"id":"relief","text":"the sanctions are lifted","on":"relief","awaits":"in_force"}]' \
  --now 2015-07-14T18:00:00Z --id iran-07 -y
pactwatch agreement add iran-un --title "Resolution 2231 on the sanctions of the United Nations" \
  --party IRN --party USA --party e3 --zone UTC --occurred 2015-07-20 --speaker e3 \
  --source-url "https://docs.un.org/en/S/RES/2231(2015)" \
  --now 2015-07-20T18:00:00Z --id iran-08 -y
pactwatch record CommitmentAccepted iran-un commitment=council kind=process debtor=USA,e3 \
  creditor=IRN promise="To bring the sanctions back only upon a notice to the Security Council" \
  occurred=2015-07-20 speaker=e3 --now 2015-07-20T18:00:00Z --id iran-09 -y
pactwatch record CommitmentAccepted iran-un commitment=un-sanctions kind=maintenance \
  debtor=USA,e3 creditor=IRN promise="To leave the sanctions of the United Nations lifted" \
  occurred=2015-07-20 speaker=e3 terms.end="P30D after council milestone:notice" terms.zone=UTC \
  --now 2015-07-20T18:00:00Z --id iran-10 -y

# Implementation Day. A candidate's word about the deal is his own.
pactwatch record ConditionSatisfied relief antecedent=first-steps speaker=iaea \
  basis=neutral_body occurred=2016-01-16 --now 2016-01-16T22:00:00Z --id iran-11 -y
pactwatch record ConditionSatisfied enrichment antecedent=relief speaker=e3 occurred=2016-01-16 \
  --now 2016-01-16T22:10:00Z --id iran-12 -y
pactwatch record PositionStated iran speaker=trump text="his first priority is to dismantle the deal" \
  occurred=2016-03-21 --now 2016-03-21T22:00:00Z --id iran-13 -y

# Now he speaks for the United States, and takes it out of the deal.
pactwatch party add obama --for-itself --occurred 2017-01-20 \
  --now 2017-01-20T18:00:00Z --id iran-14 -y
pactwatch party add trump --speaks-for USA --occurred 2017-01-20 \
  --now 2017-01-20T18:00:00Z --id iran-15 -y
pactwatch record DebtorCancelled relief speaker=trump occurred=2018-05-08 \
  reason="the United States leaves the deal" --now 2018-05-08T20:00:00Z --id iran-16 -y
pactwatch record ViolationAlleged enrichment speaker=e3 occurred=2019-07-07 incident=level \
  text="enrichment above 3.67 per cent is announced" --now 2019-07-07T18:00:00Z --id iran-17 -y
pactwatch record ViolationConfirmed enrichment speaker=iaea basis=neutral_body incident=level \
  occurred=2019-07-08 --now 2019-07-08T18:00:00Z --id iran-18 -y

# Washington tells the Council that Iran is in breach. Most of its members say that who has left the
# deal cannot, and the desk enters it as a notice all the same, until it is withdrawn.
pactwatch record MilestoneReached council milestone=notice speaker=trump occurred=2020-08-20 \
  text="Washington notifies the Council" --now 2020-08-20T20:00:00Z --id iran-19 -y
pactwatch party add trump --for-itself --occurred 2021-01-20 \
  --now 2021-01-20T18:00:00Z --id iran-20 -y
pactwatch party add biden --name "Joe Biden" --speaks-for USA \
  --now 2021-01-20T18:00:00Z --id iran-21 -y
pactwatch event retract iran-19 --reason "the Council never took it for a notice, and it is withdrawn" \
  --now 2021-02-18T20:00:00Z --id iran-22 -y

# Paris, Berlin and London give theirs, and thirty days later the sanctions are back.
pactwatch record MilestoneReached council milestone=notice speaker=e3 occurred=2025-08-28 \
  text="Paris, Berlin and London notify the Council" --now 2025-08-28T20:00:00Z --id iran-23 -y
pactwatch record PositionStated iran-un speaker=IRN \
  text="the return of the sanctions has no basis in law" \
  occurred=2025-09-28 --now 2025-09-28T18:00:00Z --id iran-24 -y
