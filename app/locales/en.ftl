# What visitors read, in English: the base. Each other catalogue has the same keys and placeholders; a test says what is
# missing. What stands in <…> becomes a link or the like. One message, one line; a choice has one line for each case.

## The frame of every page

skip = Skip to content
nav = Main
nav-status = Status
nav-history = History
nav-subscribe = Subscribe
nav-help = What is a 502?
foot-feed = Atom feed
foot-causes = Causes of a 502
foot-sign-in = Sign in
foot-times = All times are UTC. Watched by Gatewatch.
feed-title = Incidents
crumb-status = Status
to-status = To the status page
silent = No news since {"{time}"} UTC

## States, phases, impacts

state-operational = Operational
state-degraded = Degraded
state-partial-outage = Partial outage
state-outage = Outage
state-maintenance = Maintenance
state-unknown = Unknown
phase-investigating = Investigating
phase-identified = Identified
phase-monitoring = Monitoring
phase-resolved = Resolved
postmortem = Post-mortem
impact-none = Notice
impact-minor = Minor
impact-major = Major
impact-critical = Critical
impact = Impact: { $impact }

## Numbers, durations, dates

percent = { $share } %
duration-ms = { $number } ms
duration-s = { $number } s
duration-min = { $number } min
duration-h = { $number } h
duration-d = { $number } d
duration-two = { $big } { $small }
age-short = less than a minute
month-long =
    { $month ->
        [1] January
        [2] February
        [3] March
        [4] April
        [5] May
        [6] June
        [7] July
        [8] August
        [9] September
        [10] October
        [11] November
       *[12] December
    }
month-short =
    { $month ->
        [1] Jan
        [2] Feb
        [3] Mar
        [4] Apr
        [5] May
        [6] Jun
        [7] Jul
        [8] Aug
        [9] Sep
        [10] Oct
        [11] Nov
       *[12] Dec
    }
date-time = { $day } { $month } { $year }, { $time } UTC
date-time-precise = { $day } { $month }, { $time } UTC
time-utc = { $time } UTC
day-long = { $day } { $month } { $year }
day-short = { $day } { $month }
month-year = { $month } { $year }
no-time = (no such time)

## What is said of a failure: the phrases of the server, by which they are found again

reason-status = status { $status }
reason-name-not-found = name not found
reason-name-server-silent = name server does not answer
reason-refused = connection refused
reason-no-route = no route
reason-connect-timeout = connection timed out
reason-tls-handshake = TLS handshake failed
reason-certificate = certificate not valid
reason-reset = connection reset
reason-closed-early = connection closed early
reason-read-timeout = no answer in time
reason-bad-http = invalid answer
reason-unexpected-status = unexpected status
reason-body = unexpected content
reason-not-measured = could not be measured
reason-no-data = no data
reason-dependency = something that it depends on is down
reason-certificate-ends = certificate ends soon
reason-slow = slow
reason-unstable = unstable: its state changed { $count } times within { $span }
reason-join = { $first }; { $second }
blind-slept = its host was suspended
blind-stalled = it was stopped or its host is overloaded
blind-clock = its clock was set
blind-no-route = its host has no way out to the network
blind-next-hop = its host's gateway does not answer
blind-canaries = its own network does not answer
blind-names = its name servers do not answer

## The status page

overall = Overall state
as-of = As of { $time }
headline-nothing = Nothing is watched yet
headline-operational = All systems operational
headline-one =
    { $state ->
        [degraded] { $name } is degraded
        [partial-outage] { $name } is in partial outage
        [outage] { $name } is down
        [maintenance] { $name } is under maintenance
       *[unknown] { $name } is not measured right now
    }
headline-all =
    { $state ->
        [degraded] All { $all } components are degraded
        [partial-outage] All { $all } components are in partial outage
        [outage] All { $all } components are down
        [maintenance] All { $all } components are under maintenance
       *[unknown] All { $all } components are not measured right now
    }
headline-some =
    { $state ->
        [degraded] { $number } of { $all } components are degraded
        [partial-outage] { $number } of { $all } components are in partial outage
        [outage] { $number } of { $all } components are down
        [maintenance] { $number } of { $all } components are under maintenance
       *[unknown] { $number } of { $all } components are not measured right now
    }
status-description = { $headline }. State, history and incidents of { $title }.
since-age = Since { $time } ({ $age })
since-small = since { $time }
why = Why is it failing?
no-data = no data
formula = Uptime = 1 − (outage + ½ × partial outage) ÷ (all time − maintenance − unknown). Degraded counts as up.
group-components = Components
group-further = Further components
fold-close = Close
fold-open = Open
gist = { $well } of { $all } operational
column-days = 90 days
column-uptime = uptime
column-latency = 24 h median
bars = { $name }, last 90 days
bar = { $day }: { $words }
bar-outage = { $share }, outage { $time }
bar-partial = { $share }, partial outage { $time }
bar-degraded = { $share }, degraded { $time }
bar-maintenance = maintenance
legend = What the bars mean
legend-short = Outage, < 10 min
legend-longer = < 2 h
legend-longest = longer
legend-no-data = No data
latency-none = no times yet
latency-hint = Median response time of the last 24 hours
blind = The watcher is blind since { $time }: { $reason }. What it cannot measure meanwhile is shown as unknown, and counts neither as up nor as down.
storage = Measurements cannot be stored at the moment. The state shown is current; the history may have a gap later.
only-self = <strong>Gatewatch watches only itself so far.</strong> Add a site to <file>gatewatch.toml</file> and reload, or start with <option>--watch https://shop.example.com/</option>:
active = Active incidents
maintenance-heading = Maintenance
maintenance-on = Under way: { $from } to { $until }, { $names }
maintenance-planned = Planned: { $from } to { $until }, { $names }
names-join = { $first }, { $second }
calendar = All planned work as a calendar
past = Past incidents
past-none = No incidents in the last 14 days.
by-month = All incidents by month

## A component and its ranges

component-title = { $name }: { $state }
component-description = { $name }: { $state }. History of 90 days.
uptime-quarter = Uptime, 90 days
last-measured = Last measured
never-measured = No measurement yet
measured-every = Measured every
as-of-label = As of
last-quarter = Last 90 days
today = Today
interruptions-by-day = Interruptions by day
interruptions-none = None in the last 90 days.
times-utc = Times are UTC.
clock-since = since { $time }
clock-span = { $from } – { $until }
still-lasting = still lasting
latency-day = Response time, last 24 hours
latency-day-none = No response times in the last 24 hours.
latency-described = Response time over 24 hours: lowest { $low }, median { $median }, highest { $highest }
lowest = Lowest
median = Median
highest = Highest
adds-up = How the uptime adds up
sum = Time in each state
sum-state = State
sum-time = Time
sum-counts = In the uptime
sum-up = up
sum-half = half down
sum-down = down
sum-out = left out
none = none
incidents = Incidents
ranges = Range of time
range-now = Now
range-day = 24 hours
range-week = 7 days
range-quarter = 90 days
range-year = 1 year
range-title = { $name }: { $range }
range-heading = { $name }, { $range }
range-description = { $name }: uptime and response times of { $range }.
range-uptime = Uptime, { $range }
range-from = From
range-until = Until
range-latency = Response time
range-over = Response time over { $range }
range-empty = Nothing was measured in the last { $range }.
interruptions = Interruptions
range-none = None in the last { $range }.
range-unlisted =
    { $count ->
        [one] { $count } earlier one is not listed.
       *[other] { $count } earlier ones are not listed.
    }
chart-described = Half of the probes took no longer than { $half }, 95 % no longer than { $most }; the slowest part of the range had { $highest } for 95 %.
chart-failed = { $failed } of { $count } probes failed.
chart-key = What the lines mean
chart-median = median
chart-most = 95 % took no longer
chart-some-failed = some failed
most = 95 %
probes = Probes
failed = Failed
as-table = The same as a table
table-latency = Response times
table-caption = Response times, newest first; times are UTC

## Incidents, months and reports

affected = Affected
edited = edited { $time }
lasted = lasted { $age }
lasting = for { $age }
incident-span = { $from } – { $until }
incident-description = { $phase }: { $title }
month-title = Incidents in { $month }
month-description = Incidents in { $month } of { $title }.
month-none = No incidents in { $month }.
month-count =
    { $count ->
        [one] { $count } incident
       *[other] { $count } incidents
    }
month-list = List
month-report = Report of { $month }: uptime and outages of every component
months = Months
report-title = Report of { $month }
report-description = Uptime, outages and response times of { $title } in { $month }.
report-heading = { $title }: report of { $month }
report-extent = From { $from } until { $until }.
report-so-far = The month is not over.
report-caption = Times are hours, minutes and seconds
report-component = Component
report-uptime = Uptime
report-outages = Outages
report-longest = Longest

## The widget

widget-uptime = { $share } in 90 days
widget-silent = No news since then: the status page does not answer.

## Subscriptions

subscribe-description = Be told of incidents and maintenance of { $title }.
subscribe = Subscribe
subscribe-lede = Be told when an incident opens, changes or ends, and of planned maintenance.
subscribe-off = This page sends no e-mail: subscriptions are off until an admin names a mail server under <section>[subscriptions]</section> in <file>gatewatch.toml</file>.
subscribe-refused-off = Subscriptions are off here. The feeds tell the same.
subscribe-too-often = That was often. Please wait some minutes, and then try again.
subscribe-full = No more subscriptions are taken at the moment. The feeds below tell the same.
target-none = Write an e-mail address.
target-neither = Write an e-mail address or the address of a webhook.
target-both = Write an e-mail address or the address of a webhook, not both.
target-email = This is not an e-mail address that can be written to.
target-webhook = This webhook cannot be used: write the whole public address, such as https://hooks.example.com/x.
target-component = One of the components is not on this page.
only-of = Only of these
only-of-hint = Check none to hear of everything.
email = E-mail
email-hint = A letter with a link comes first; nothing else does before you confirm.
webhook = Webhook
webhook-hint = Instead of an e-mail address, for programs. It gets a first message, and answers with its challenge or leads you to the page that confirms.
subscribe-promise = The address is used for these messages alone. Each of them ends the subscription with one click.
feeds = Feeds
feeds-list = Without leaving an address: <atom>Atom</atom>, <rss>RSS</rss> or <json>JSON Feed</json>, and maintenance as a <calendar>calendar</calendar>. Each component's page has feeds of its own.
asked = One more step
asked-lede = If this address can be written to, a message with a link is on its way. Follow the link and press the button there within two days.
asked-hint = Nothing in your mailbox after some minutes? Look into the folder for unwanted mail. One address is written to at most three times a day.
asked-webhook = A webhook gets a message of its own, which it may answer with the challenge in it.
covers-all = everything on this page
covers-gone = components that are no longer on this page
confirm-heading = Confirm your subscription
mine-heading = Your subscription
mine-email = E-mail to <strong>{ $target }</strong>, of { $covers }.
mine-webhook = Webhook at <strong>{ $target }</strong>, of { $covers }.
save = Save
end-heading = End it
unsubscribe = Unsubscribe
confirm = Confirm
refuse-hint = Was it not you? Then nothing else comes if you do nothing. This keeps others from asking again for a month:
refuse = It was not me
ended = You are unsubscribed
ended-text = The address was forgotten. No further message comes.
refused = Thank you
refused-text = The address was forgotten, and nobody can ask for messages to it here for a month.
again = Subscribe again

## For those in front of a 502

help-title = 502 Bad Gateway: what it is and what you can do
help-description = What a 502 Bad Gateway means, whether it is you or us, and what helps.
help-heading = You saw “502 Bad Gateway”
help-lede = The gateway in front of the site received your request, but no usable answer from the server behind it. Your device and your connection are almost certainly fine.
help-now = State now
help-fine =
    { $count ->
        [one] { $count } more component is operational.
       *[other] { $count } more components are operational.
    }
help-what = What happened
help-what-text = A website is seldom one machine. Your browser talks to a gateway: a server that takes every request and hands it on to the machine that does the work. The gateway answered you, so the way from you to us works. What it passed on from behind was missing, broken or too late, and 502 is the number for that.
help-do = What you can do
help-do-wait = <strong>Wait half a minute and reload once.</strong> Many 502s last seconds, for example while a server restarts.
help-do-look = <strong>Look at the state above.</strong> If it shows trouble, we know of it; nothing on your side will help. This page renews itself.
help-do-fresh = <strong>If everything above is operational,</strong> reload with Ctrl + F5 (⌘ + Shift + R on a Mac), then try a private window or another network. A company proxy, a VPN or an old copy in between can show a 502 that we do not see.
help-do-tell = <strong>If it stays,</strong> tell the site's support the address, the time with your time zone, and any reference number on the error page.
help-reload = When reloading helps, and when it harms
help-reload-text = Reading a page again is harmless. After sending an order, a payment or a message, check first whether it went through, in your account or your mail: the machine behind the gateway may have done the work and only its answer was lost. Reloading again and again makes an overloaded site slower for everybody, you included.
help-relatives = Its relatives
help-500 = The site itself failed and said so.
help-503 = The site is overloaded or under maintenance, and knows it.
help-504 = Like 502, but the machine behind the gateway took too long.
help-causes = Do you run the site? The <causes>causes of a 502</causes> are listed with evidence and fixes.

## Errors

error-400 = This request cannot be read
error-400-text = Something in the address or in the form is not as it should be.
error-401 = Please sign in
error-401-text = This page is for admins.
error-403 = Not allowed
error-403-text = The request was refused, and nothing was changed.
error-404 = There is no such page
error-404-text = The address may be mistyped, or what was here has gone.
error-405 = That cannot be done here
error-405-text = The address exists, but not for this kind of request.
error-408 = That took too long
error-408-text = The request did not arrive in time.
error-410 = This is gone
error-410-text = What was here has been withdrawn.
error-413 = That is too large
error-413-text = The request is larger than this page accepts.
error-421 = This is not that site
error-421-text = Gatewatch was asked under a name that it does not answer to. Admins add names under [server] hosts in gatewatch.toml.
error-429 = Too many requests
error-429-text = Please wait a moment, then try again.
error-503 = Not available right now
error-503-text = This part cannot be shown at the moment. The status page still stands.
error-500 = Something went wrong here
error-500-text = The fault is ours and has been logged. The status page still stands.
error-other = That did not work
error-other-text = The request could not be carried out.
error-reference = Something failed on our side (reference { $reference }).
error-database = What was recorded earlier cannot be read at the moment. The status page itself is current and does not need it.
