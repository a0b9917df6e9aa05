# The grain corridor through the Black Sea, 2022 to 2023. Run it in an empty directory, or read it.
# What it answers: a renewal whose length two sides tell differently, a suspension by one side
# alone, and a notice that ends the promises of all.
export PACTWATCH_DB=${PACTWATCH_DB:-grain.db}
export PACTWATCH_AUTHOR=${PACTWATCH_AUTHOR:-desk}
pactwatch db init

pactwatch party add un --name "United Nations" --zone America/New_York \
  --now 2022-07-22T18:00:00Z --id grain-01 -y
pactwatch agreement add grain --title "Safe transport of grain from Ukrainian ports" \
  --party TUR --party RUS --party UKR --zone Europe/Istanbul --occurred 2022-07-22 \
  --start 2022-07-22 --duration P120D --count exclusive --clause renewal.period=P120D \
  --speaker un --source-url https://www.un.org/en/black-sea-grain-initiative \
  --now 2022-07-22T18:00:00Z --id grain-02 -y
pactwatch commitment add grain grain --each RUS,UKR,TUR --kind maintenance \
  --promise "To let merchant ships pass unharmed" --occurred 2022-07-22 --speaker un \
  --now 2022-07-22T18:00:00Z --id grain-03 -y

# Russia suspends its part for an indefinite time, and comes back after four days.
pactwatch record SuspensionDeclared grain-rus speaker=RUS occurred=2022-10-29 \
  reason="drones attacked ships at Sevastopol" --now 2022-10-29T18:00:00Z --id grain-04 -y
pactwatch record ViolationAlleged grain-rus speaker=UKR occurred=2022-10-31 incident=held-ships \
  text="ships held back from the corridor" claimed_count.value=218 \
  --now 2022-10-31T18:00:00Z --id grain-05 -y
pactwatch record Resumed grain-rus speaker=RUS occurred=2022-11-02 \
  reason="Ukraine gave written guarantees" --now 2022-11-02T18:00:00Z --id grain-06 -y

# Renewed by all for as long again; then renewed, and nobody agrees for how long.
pactwatch record TermRenewed grain by=TUR,RUS,UKR speaker=un basis=neutral_body terms.duration=P120D \
  occurred=2022-11-17 --now 2022-11-17T18:00:00Z --id grain-07 -y
pactwatch record TermRenewed grain by=TUR,RUS,UKR speaker=un basis=neutral_body occurred=2023-03-18 \
  --now 2023-03-18T18:00:00Z --id grain-08 -y
pactwatch record ReadingAsserted grain speaker=RUS term=duration value=P60D occurred=2023-03-18 \
  --now 2023-03-18T18:10:00Z --id grain-09 -y
pactwatch record ReadingAsserted grain speaker=UKR term=duration value=P120D \
  occurred=2023-03-18 --now 2023-03-18T18:20:00Z --id grain-10 -y

# The day before Russia's reading ends, all agree on a date.
pactwatch record TermsClarified grain by=TUR,RUS,UKR speaker=un basis=neutral_body term=end value=2023-07-17 \
  occurred=2023-05-17 --now 2023-05-17T18:00:00Z --id grain-11 -y

# Russia gives notice that it will not go on: that ends it for all.
pactwatch record NonRenewalNotified grain speaker=RUS occurred=2023-07-17 \
  reason="the part on Russian exports was not kept" --now 2023-07-17T18:00:00Z --id grain-12 -y
