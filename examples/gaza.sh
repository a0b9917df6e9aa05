# The ceasefire in Gaza of January 2025. Run it in an empty directory, or read it.
# What it answers: an end that two ways to count put on two days, an exchange by instalments, a
# quota by the day, talks that were missed, and an extension that only one side says there is.
export PACTWATCH_DB=${PACTWATCH_DB:-gaza.db}
export PACTWATCH_AUTHOR=${PACTWATCH_AUTHOR:-desk}
pactwatch db init

pactwatch party add hamas --name "Hamas" --zone Asia/Gaza \
  --now 2025-01-19T05:00:00Z --id gaza-01 -y
pactwatch party add mediators --name "Qatar, Egypt and the United States" --zone Asia/Qatar \
  --now 2025-01-19T05:00:00Z --id gaza-02 -y
pactwatch party add ocha --name "UN office for humanitarian affairs" --zone Asia/Jerusalem \
  --now 2025-01-19T05:00:00Z --id gaza-03 -y
pactwatch record AgreementRecorded gaza title="Ceasefire in Gaza in three phases" \
  parties=ISR,hamas zone=Asia/Jerusalem occurred=2025-01-15 speaker=mediators \
  phases='[{"id":"one","title":"Phase one: 42 days"},{"id":"two","title":"Phase two"}]' \
  --now 2025-01-19T05:00:00Z --id gaza-04 -y
pactwatch record CommitmentAccepted gaza commitment=truce-isr kind=maintenance debtor=ISR \
  creditor=hamas promise="To hold fire" phase=one occurred=2025-01-15 speaker=mediators \
  terms.start=2025-01-19T06:30:00Z terms.duration=P42D terms.zone=Asia/Jerusalem \
  --now 2025-01-19T05:00:00Z --id gaza-05 -y
pactwatch record CommitmentAccepted gaza commitment=truce-hamas kind=maintenance debtor=hamas \
  creditor=ISR promise="To hold fire" phase=one occurred=2025-01-15 speaker=mediators \
  terms.start=2025-01-19T06:30:00Z terms.duration=P42D terms.zone=Asia/Jerusalem \
  reciprocal_with=truce-isr --now 2025-01-19T05:00:00Z --id gaza-06 -y
pactwatch record CommitmentAccepted gaza commitment=hostages kind=achievement debtor=hamas \
  creditor=ISR promise="To hand over 33 hostages" phase=one occurred=2025-01-15 \
  speaker=mediators terms.quantity=33 terms.due="P42D after truce-hamas start" \
  terms.zone=Asia/Jerusalem --now 2025-01-19T05:00:00Z --id gaza-07 -y
pactwatch record CommitmentAccepted gaza commitment=lorries kind=recurring debtor=ISR \
  creditor=hamas promise="To let in 600 lorries a day" phase=one occurred=2025-01-15 \
  speaker=mediators terms.recurrence=FREQ=DAILY terms.start=2025-01-19 terms.end=2025-03-01 \
  terms.quantity=600 terms.zone=Asia/Jerusalem --now 2025-01-19T05:00:00Z --id gaza-08 -y
pactwatch record CommitmentAccepted gaza commitment=talks kind=achievement debtor=ISR,hamas \
  creditor=ISR,hamas promise="To begin talks on phase two" phase=one occurred=2025-01-15 \
  speaker=mediators terms.due="P16D after truce-isr start inclusive" terms.zone=Asia/Jerusalem \
  --now 2025-01-19T05:00:00Z --id gaza-09 -y

# The hostages come home by and by; the lorries of the first week, as the UN counted them.
pactwatch record PerformanceConfirmed hostages quantity=3 basis=creditor_admission speaker=ISR \
  occurred=2025-01-19 --now 2025-01-19T20:00:00Z --id gaza-10 -y
pactwatch record PerformanceConfirmed lorries quantity=630 basis=neutral_body speaker=ocha \
  occurred=2025-01-19 --now 2025-01-19T21:00:00Z --id gaza-11 -y
pactwatch record PerformanceConfirmed lorries quantity=915 basis=neutral_body speaker=ocha \
  occurred=2025-01-20 --now 2025-01-20T21:00:00Z --id gaza-12 -y
pactwatch record PerformanceConfirmed lorries quantity=897 basis=neutral_body speaker=ocha \
  occurred=2025-01-21 --now 2025-01-21T21:00:00Z --id gaza-13 -y
pactwatch record PerformanceConfirmed lorries quantity=808 basis=neutral_body speaker=ocha \
  occurred=2025-01-22 --now 2025-01-22T21:00:00Z --id gaza-14 -y
pactwatch record PerformanceConfirmed lorries quantity=653 basis=neutral_body speaker=ocha \
  occurred=2025-01-23 --now 2025-01-23T21:00:00Z --id gaza-15 -y
pactwatch record PerformanceConfirmed lorries quantity=339 basis=neutral_body speaker=ocha \
  occurred=2025-01-24 --now 2025-01-24T21:00:00Z --id gaza-16 -y
pactwatch record PerformanceConfirmed hostages quantity=4 basis=creditor_admission speaker=ISR \
  occurred=2025-01-25 --now 2025-01-25T20:00:00Z --id gaza-17 -y
pactwatch record PerformanceConfirmed hostages quantity=3 basis=creditor_admission speaker=ISR \
  occurred=2025-01-30 --now 2025-01-30T20:00:00Z --id gaza-18 -y
pactwatch record PerformanceConfirmed hostages quantity=3 basis=creditor_admission speaker=ISR \
  occurred=2025-02-01 --now 2025-02-01T20:00:00Z --id gaza-19 -y
# A total over two weeks names no day: it stands beside the days that were counted one by one.
pactwatch record FactClaimed gaza commitment=lorries speaker=ocha \
  text="more than 10,000 lorries went in in the two weeks since the ceasefire" \
  occurred=2025-02-06 --now 2025-02-06T20:00:00Z --id gaza-32 -y
pactwatch record PerformanceConfirmed hostages quantity=3 basis=creditor_admission speaker=ISR \
  occurred=2025-02-08 --now 2025-02-08T20:00:00Z --id gaza-20 -y
pactwatch record PerformanceConfirmed hostages quantity=3 basis=creditor_admission speaker=ISR \
  occurred=2025-02-15 --now 2025-02-15T20:00:00Z --id gaza-21 -y
pactwatch record PerformanceConfirmed hostages quantity=4 basis=creditor_admission speaker=ISR \
  occurred=2025-02-20 --now 2025-02-20T20:00:00Z --id gaza-22 -y
# One of the four bodies was not that of a hostage. The entry is corrected, and the right one came a day later.
pactwatch event correct gaza-22 quantity=3 --reason "one of the four bodies was not a hostage's" \
  --now 2025-02-21T08:00:00Z --id gaza-29 -y
pactwatch record PerformanceConfirmed hostages quantity=1 basis=creditor_admission speaker=ISR \
  occurred=2025-02-21 --now 2025-02-21T22:00:00Z --id gaza-30 -y
pactwatch record PerformanceConfirmed hostages quantity=6 basis=creditor_admission speaker=ISR \
  occurred=2025-02-22 --now 2025-02-22T20:00:00Z --id gaza-23 -y
pactwatch record PerformanceConfirmed hostages quantity=4 basis=creditor_admission speaker=ISR \
  occurred=2025-02-27 --now 2025-02-27T20:00:00Z --id gaza-24 -y

# Israel takes up an extension to the end of Passover; Hamas holds to phase two.
pactwatch record ReadingAsserted truce-isr speaker=ISR term=end value=2025-04-20 \
  occurred=2025-03-01 --now 2025-03-01T21:30:00Z --id gaza-25 -y
pactwatch record PositionStated gaza speaker=hamas commitment=truce-isr \
  text="the agreement goes on with phase two, and with no extension of the first" \
  occurred=2025-03-01 --now 2025-03-01T21:40:00Z --id gaza-26 -y
pactwatch record ViolationAlleged truce-isr speaker=hamas occurred=2025-03-18 incident=strikes \
  text="air strikes all over the strip" --now 2025-03-18T06:00:00Z --id gaza-27 -y
pactwatch record ViolationAlleged truce-isr speaker=hamas occurred=2025-03-19 incident=ground \
  text="a ground operation at the corridor" --now 2025-03-19T18:00:00Z --id gaza-28 -y
