# Was Besucher auf Deutsch lesen.

## Der Rahmen jeder Seite

skip = Zum Inhalt springen
nav = Hauptnavigation
nav-status = Status
nav-history = Verlauf
nav-subscribe = Abonnieren
nav-help = Was ist ein 502?
foot-feed = Atom-Feed
foot-causes = Ursachen eines 502 (englisch)
foot-sign-in = Anmelden
foot-times = Alle Zeiten in UTC. Überwacht von Gatewatch.
feed-title = Vorfälle
crumb-status = Status
to-status = Zur Statusseite
silent = Keine Nachricht seit {"{time}"} UTC

## Zustände, Phasen, Auswirkungen

state-operational = Betriebsbereit
state-degraded = Beeinträchtigt
state-partial-outage = Teilausfall
state-outage = Ausfall
state-maintenance = Wartung
state-unknown = Unbekannt
phase-investigating = Wird untersucht
phase-identified = Ursache gefunden
phase-monitoring = Wird beobachtet
phase-resolved = Behoben
postmortem = Rückblick
impact-none = Hinweis
impact-minor = Gering
impact-major = Erheblich
impact-critical = Kritisch
impact = Auswirkung: { $impact }

## Zahlen, Dauern, Daten

percent = { $share } %
duration-ms = { $number } ms
duration-s = { $number } s
duration-min = { $number } min
duration-h = { $number } h
duration-d =
    { $number ->
        [one] { $number } Tag
       *[other] { $number } Tage
    }
duration-two = { $big } { $small }
age-short = weniger als eine Minute
month-long =
    { $month ->
        [1] Januar
        [2] Februar
        [3] März
        [4] April
        [5] Mai
        [6] Juni
        [7] Juli
        [8] August
        [9] September
        [10] Oktober
        [11] November
       *[12] Dezember
    }
month-short =
    { $month ->
        [1] Jan.
        [2] Feb.
        [3] März
        [4] Apr.
        [5] Mai
        [6] Juni
        [7] Juli
        [8] Aug.
        [9] Sept.
        [10] Okt.
        [11] Nov.
       *[12] Dez.
    }
date-time = { $day }. { $month } { $year }, { $time } UTC
date-time-precise = { $day }. { $month }, { $time } UTC
time-utc = { $time } UTC
day-long = { $day }. { $month } { $year }
day-short = { $day }. { $month }
month-year = { $month } { $year }
no-time = (keine gültige Zeit)

## Was über einen Fehler gesagt wird

reason-status = Status { $status }
reason-name-not-found = Name nicht gefunden
reason-name-server-silent = Nameserver antwortet nicht
reason-refused = Verbindung abgelehnt
reason-no-route = keine Route
reason-connect-timeout = Zeitüberschreitung beim Verbinden
reason-tls-handshake = TLS-Handshake fehlgeschlagen
reason-certificate = Zertifikat nicht gültig
reason-reset = Verbindung zurückgesetzt
reason-closed-early = Verbindung vorzeitig geschlossen
reason-read-timeout = keine Antwort innerhalb der Zeit
reason-bad-http = ungültige Antwort
reason-unexpected-status = unerwarteter Status
reason-body = unerwarteter Inhalt
reason-not-measured = konnte nicht gemessen werden
reason-no-data = keine Daten
reason-dependency = etwas, wovon es abhängt, ist ausgefallen
reason-certificate-ends = Zertifikat läuft bald ab
reason-slow = langsam
reason-unstable = instabil: { $count } Zustandswechsel innerhalb von { $span }
reason-join = { $first }; { $second }
blind-slept = der Rechner war im Ruhezustand
blind-stalled = der Prozess stand still, oder der Rechner ist überlastet
blind-clock = die Uhr wurde verstellt
blind-no-route = der Rechner hat keinen Weg ins Netz
blind-next-hop = das Gateway des Rechners antwortet nicht
blind-canaries = das eigene Netz antwortet nicht
blind-names = die Nameserver antworten nicht

## Die Statusseite

overall = Gesamtzustand
as-of = Stand: { $time }
headline-nothing = Noch wird nichts überwacht
headline-operational = Alle Systeme betriebsbereit
headline-one =
    { $state ->
        [degraded] { $name } ist beeinträchtigt
        [partial-outage] { $name } ist teilweise ausgefallen
        [outage] { $name } ist ausgefallen
        [maintenance] { $name } wird gewartet
       *[unknown] { $name } wird zurzeit nicht gemessen
    }
headline-all =
    { $state ->
        [degraded] Alle { $all } Komponenten sind beeinträchtigt
        [partial-outage] Alle { $all } Komponenten sind teilweise ausgefallen
        [outage] Alle { $all } Komponenten sind ausgefallen
        [maintenance] Alle { $all } Komponenten werden gewartet
       *[unknown] Alle { $all } Komponenten werden zurzeit nicht gemessen
    }
headline-some =
    { $state ->
        [degraded] { $number } von { $all } Komponenten sind beeinträchtigt
        [partial-outage] { $number } von { $all } Komponenten sind teilweise ausgefallen
        [outage] { $number } von { $all } Komponenten sind ausgefallen
        [maintenance] { $number } von { $all } Komponenten werden gewartet
       *[unknown] { $number } von { $all } Komponenten werden zurzeit nicht gemessen
    }
status-description = { $headline }. Zustand, Verlauf und Vorfälle: { $title }.
since-age = Seit { $time } ({ $age })
since-small = seit { $time }
why = Was ist die Ursache?
no-data = keine Daten
formula = Verfügbarkeit = 1 − (Ausfall + ½ × Teilausfall) ÷ (gesamte Zeit − Wartung − unbekannt). Beeinträchtigt zählt als verfügbar.
group-components = Komponenten
group-further = Weitere Komponenten
fold-close = Zuklappen
fold-open = Aufklappen
gist = { $well } von { $all } betriebsbereit
column-days = 90 Tage
column-uptime = Verfügbar
column-latency = Median 24 h
bars = { $name }, letzte 90 Tage
bar = { $day }: { $words }
bar-outage = { $share }, Ausfall { $time }
bar-partial = { $share }, Teilausfall { $time }
bar-degraded = { $share }, beeinträchtigt { $time }
bar-maintenance = Wartung
legend = Was die Balken bedeuten
legend-short = Ausfall, unter 10 min
legend-longer = unter 2 h
legend-longest = länger
legend-no-data = Keine Daten
latency-none = noch keine Zeiten
latency-hint = Median der Antwortzeiten der letzten 24 Stunden
blind = Die Überwachung ist blind seit { $time }: { $reason }. Was sie so lange nicht messen kann, wird als unbekannt gezeigt und zählt weder als verfügbar noch als ausgefallen.
storage = Messwerte können zurzeit nicht gespeichert werden. Der gezeigte Zustand ist aktuell; im Verlauf kann später eine Lücke sein.
only-self = <strong>Gatewatch überwacht bisher nur sich selbst.</strong> Fügen Sie in <file>gatewatch.toml</file> eine Site hinzu und laden Sie neu, oder starten Sie mit <option>--watch https://shop.example.com/</option>:
active = Aktuelle Vorfälle
maintenance-heading = Wartung
maintenance-on = Im Gange: { $from } bis { $until }, { $names }
maintenance-planned = Geplant: { $from } bis { $until }, { $names }
names-join = { $first }, { $second }
calendar = Alle geplanten Arbeiten als Kalender
past = Vergangene Vorfälle
past-none = Keine Vorfälle in den letzten 14 Tagen.
by-month = Alle Vorfälle nach Monat

## Eine Komponente und ihre Zeiträume

component-title = { $name }: { $state }
component-description = { $name }: { $state }. Verlauf von 90 Tagen.
uptime-quarter = Verfügbarkeit, 90 Tage
last-measured = Zuletzt gemessen
never-measured = Noch keine Messung
measured-every = Gemessen alle
as-of-label = Stand
last-quarter = Letzte 90 Tage
today = Heute
interruptions-by-day = Unterbrechungen nach Tag
interruptions-none = Keine in den letzten 90 Tagen.
times-utc = Zeiten in UTC.
clock-since = seit { $time }
clock-span = { $from } – { $until }
still-lasting = dauert an
latency-day = Antwortzeit, letzte 24 Stunden
latency-day-none = Keine Antwortzeiten in den letzten 24 Stunden.
latency-described = Antwortzeit über 24 Stunden: niedrigste { $low }, Median { $median }, höchste { $highest }
lowest = Niedrigste
median = Median
highest = Höchste
adds-up = Wie sich die Verfügbarkeit ergibt
sum = Zeit in jedem Zustand
sum-state = Zustand
sum-time = Zeit
sum-counts = In der Verfügbarkeit
sum-up = verfügbar
sum-half = zur Hälfte ausgefallen
sum-down = ausgefallen
sum-out = bleibt außen vor
none = keine
incidents = Vorfälle
ranges = Zeitraum
range-now = Jetzt
range-day = 24 Stunden
range-week = 7 Tage
range-quarter = 90 Tage
range-year = 1 Jahr
range-title = { $name }: { $range }
range-heading = { $name }, { $range }
range-description = { $name }: Verfügbarkeit und Antwortzeiten, { $range }.
range-uptime = Verfügbarkeit, { $range }
range-from = Von
range-until = Bis
range-latency = Antwortzeit
range-over = Antwortzeit über { $range }
range-empty = In diesem Zeitraum ({ $range }) wurde nichts gemessen.
interruptions = Unterbrechungen
range-none = Keine in diesem Zeitraum ({ $range }).
range-unlisted =
    { $count ->
        [one] { $count } frühere ist nicht aufgeführt.
       *[other] { $count } frühere sind nicht aufgeführt.
    }
chart-described = Die Hälfte der Messungen dauerte höchstens { $half }, 95 % höchstens { $most }; im langsamsten Abschnitt waren es { $highest } bei 95 %.
chart-failed = { $failed } von { $count } Messungen schlugen fehl.
chart-key = Was die Linien bedeuten
chart-median = Median
chart-most = 95 % dauerten höchstens so lang
chart-some-failed = einige schlugen fehl
most = 95 %
probes = Messungen
failed = Fehlgeschlagen
as-table = Dasselbe als Tabelle
table-latency = Antwortzeiten
table-caption = Antwortzeiten, neueste zuerst; Zeiten in UTC

## Vorfälle, Monate und Berichte

affected = Betroffen
edited = bearbeitet { $time }
lasted = dauerte { $age }
lasting = seit { $age }
incident-span = { $from } – { $until }
incident-description = { $phase }: { $title }
month-title = Vorfälle im { $month }
month-description = Vorfälle im { $month }: { $title }.
month-none = Keine Vorfälle im { $month }.
month-count =
    { $count ->
        [one] { $count } Vorfall
       *[other] { $count } Vorfälle
    }
month-list = Liste
month-report = Bericht für { $month }: Verfügbarkeit und Ausfälle aller Komponenten
months = Monate
report-title = Bericht für { $month }
report-description = Verfügbarkeit, Ausfälle und Antwortzeiten im { $month }: { $title }.
report-heading = { $title }: Bericht für { $month }
report-extent = Von { $from } bis { $until }.
report-so-far = Der Monat ist noch nicht vorbei.
report-caption = Zeiten in Stunden, Minuten und Sekunden
report-component = Komponente
report-uptime = Verfügbarkeit
report-outages = Ausfälle
report-longest = Längster

## Das Widget

widget-uptime = { $share } in 90 Tagen
widget-silent = Seitdem keine Nachricht: Die Statusseite antwortet nicht.

## Abonnements

subscribe-description = Lassen Sie sich über Vorfälle und Wartung informieren: { $title }.
subscribe = Abonnieren
subscribe-lede = Lassen Sie sich informieren, wenn ein Vorfall beginnt, sich ändert oder endet, und über geplante Wartung.
subscribe-off = Diese Seite verschickt keine E-Mails: Abonnements sind abgeschaltet, bis ein Administrator unter <section>[subscriptions]</section> in <file>gatewatch.toml</file> einen Mailserver angibt.
subscribe-refused-off = Abonnements sind hier abgeschaltet. In den Feeds steht dasselbe.
subscribe-too-often = Das war oft. Bitte warten Sie einige Minuten und versuchen Sie es dann noch einmal.
subscribe-full = Zurzeit werden keine weiteren Abonnements angenommen. In den Feeds unten steht dasselbe.
target-none = Geben Sie eine E-Mail-Adresse an.
target-neither = Geben Sie eine E-Mail-Adresse oder die Adresse eines Webhooks an.
target-both = Geben Sie eine E-Mail-Adresse oder die Adresse eines Webhooks an, nicht beides.
target-email = Das ist keine E-Mail-Adresse, an die geschrieben werden kann.
target-webhook = Dieser Webhook kann nicht verwendet werden: Geben Sie die vollständige öffentliche Adresse an, zum Beispiel https://hooks.example.com/x.
target-component = Eine der Komponenten ist nicht auf dieser Seite.
only-of = Nur zu diesen
only-of-hint = Wählen Sie keine aus, um von allem zu erfahren.
email = E-Mail
email-hint = Zuerst kommt ein Brief mit einem Link; sonst nichts, bevor Sie bestätigen.
webhook = Webhook
webhook-hint = Anstelle einer E-Mail-Adresse, für Programme. Er bekommt eine erste Nachricht und antwortet mit deren „challenge“ oder führt Sie auf die Seite zum Bestätigen.
subscribe-promise = Die Adresse wird nur für diese Nachrichten verwendet. Jede von ihnen beendet das Abonnement mit einem Klick.
feeds = Feeds
feeds-list = Ohne eine Adresse zu hinterlassen: <atom>Atom</atom>, <rss>RSS</rss> oder <json>JSON Feed</json>, und Wartung als <calendar>Kalender</calendar>. Die Seite jeder Komponente hat eigene Feeds.
asked = Noch ein Schritt
asked-lede = Wenn an diese Adresse geschrieben werden kann, ist eine Nachricht mit einem Link unterwegs. Folgen Sie dem Link und drücken Sie dort innerhalb von zwei Tagen auf die Schaltfläche.
asked-hint = Nach einigen Minuten nichts im Postfach? Sehen Sie im Spam-Ordner nach. An eine Adresse wird höchstens dreimal am Tag geschrieben.
asked-webhook = Ein Webhook bekommt eine eigene Nachricht, auf die er mit der „challenge“ darin antworten kann.
covers-all = alles auf dieser Seite
covers-gone = Komponenten, die nicht mehr auf dieser Seite sind
confirm-heading = Bestätigen Sie Ihr Abonnement
mine-heading = Ihr Abonnement
mine-email = E-Mail an <strong>{ $target }</strong>, Umfang: { $covers }.
mine-webhook = Webhook an <strong>{ $target }</strong>, Umfang: { $covers }.
save = Speichern
end-heading = Beenden
unsubscribe = Abbestellen
confirm = Bestätigen
refuse-hint = Waren Sie das nicht? Dann kommt nichts weiter, wenn Sie nichts tun. Dies verhindert einen Monat lang, dass andere noch einmal darum bitten:
refuse = Das war ich nicht
ended = Ihr Abonnement ist beendet
ended-text = Die Adresse wurde vergessen. Es kommt keine weitere Nachricht.
refused = Vielen Dank
refused-text = Die Adresse wurde vergessen, und einen Monat lang kann hier niemand um Nachrichten an sie bitten.
again = Erneut abonnieren

## Für alle, die vor einem 502 stehen

help-title = 502 Bad Gateway: was es ist und was Sie tun können
help-description = Was ein 502 Bad Gateway bedeutet, ob es an Ihnen liegt oder an uns, und was hilft.
help-heading = Sie haben „502 Bad Gateway“ gesehen
help-lede = Das Gateway vor der Website hat Ihre Anfrage erhalten, aber vom Server dahinter keine brauchbare Antwort bekommen. Ihr Gerät und Ihre Verbindung sind mit großer Sicherheit in Ordnung.
help-now = Zustand jetzt
help-fine =
    { $count ->
        [one] { $count } weitere Komponente ist betriebsbereit.
       *[other] { $count } weitere Komponenten sind betriebsbereit.
    }
help-what = Was geschehen ist
help-what-text = Eine Website ist selten ein einziger Rechner. Ihr Browser spricht mit einem Gateway: einem Server, der jede Anfrage annimmt und an den Rechner weiterreicht, der die Arbeit macht. Das Gateway hat Ihnen geantwortet, der Weg von Ihnen zu uns ist also frei. Was es von dahinter weitergeben sollte, fehlte, war fehlerhaft oder kam zu spät, und 502 ist die Nummer dafür.
help-do = Was Sie tun können
help-do-wait = <strong>Warten Sie eine halbe Minute und laden Sie einmal neu.</strong> Viele 502 dauern nur Sekunden, etwa während ein Server neu startet.
help-do-look = <strong>Sehen Sie sich den Zustand oben an.</strong> Zeigt er eine Störung, wissen wir davon; auf Ihrer Seite hilft dann nichts. Diese Seite erneuert sich selbst.
help-do-fresh = <strong>Ist oben alles betriebsbereit,</strong> laden Sie mit Strg + F5 neu (⌘ + Umschalt + R auf einem Mac), und versuchen Sie es dann in einem privaten Fenster oder über ein anderes Netz. Ein Firmenproxy, ein VPN oder eine alte Kopie dazwischen kann einen 502 zeigen, den wir nicht sehen.
help-do-tell = <strong>Bleibt es dabei,</strong> nennen Sie dem Support der Website die Adresse, die Uhrzeit mit Ihrer Zeitzone und eine Referenznummer, falls auf der Fehlerseite eine steht.
help-reload = Wann Neuladen hilft und wann es schadet
help-reload-text = Eine Seite noch einmal zu lesen, schadet nicht. Haben Sie eine Bestellung, eine Zahlung oder eine Nachricht abgeschickt, prüfen Sie zuerst in Ihrem Konto oder Ihrem Postfach, ob sie angekommen ist: Der Rechner hinter dem Gateway kann die Arbeit getan haben, und nur seine Antwort ging verloren. Ständiges Neuladen macht eine überlastete Website für alle langsamer, auch für Sie.
help-relatives = Seine Verwandten
help-500 = Die Website selbst ist gescheitert und hat es gesagt.
help-503 = Die Website ist überlastet oder wird gewartet, und weiß davon.
help-504 = Wie 502, aber der Rechner hinter dem Gateway brauchte zu lange.
help-causes = Betreiben Sie die Website? Die <causes>Ursachen eines 502</causes> sind mit Belegen und Abhilfe aufgeführt (auf Englisch).

## Fehler

error-400 = Diese Anfrage ist nicht lesbar
error-400-text = Etwas an der Adresse oder im Formular ist nicht, wie es sein sollte.
error-401 = Bitte melden Sie sich an
error-401-text = Diese Seite ist für Administratoren.
error-403 = Nicht erlaubt
error-403-text = Die Anfrage wurde abgelehnt, und nichts wurde geändert.
error-404 = Diese Seite gibt es nicht
error-404-text = Vielleicht ist die Adresse falsch geschrieben, oder was hier war, ist nicht mehr da.
error-405 = Das geht hier nicht
error-405-text = Die Adresse gibt es, aber nicht für diese Art von Anfrage.
error-408 = Das hat zu lange gedauert
error-408-text = Die Anfrage kam nicht rechtzeitig an.
error-410 = Das gibt es nicht mehr
error-410-text = Was hier war, wurde zurückgezogen.
error-413 = Das ist zu groß
error-413-text = Die Anfrage ist größer, als diese Seite sie annimmt.
error-421 = Das ist nicht diese Website
error-421-text = Gatewatch wurde unter einem Namen gefragt, auf den es nicht hört. Administratoren tragen Namen unter [server] hosts in gatewatch.toml ein.
error-429 = Zu viele Anfragen
error-429-text = Bitte warten Sie einen Moment und versuchen Sie es dann noch einmal.
error-503 = Zurzeit nicht verfügbar
error-503-text = Dieser Teil kann im Moment nicht gezeigt werden. Die Statusseite steht weiterhin.
error-500 = Hier ist etwas schiefgegangen
error-500-text = Der Fehler liegt bei uns und wurde festgehalten. Die Statusseite steht weiterhin.
error-other = Das hat nicht funktioniert
error-other-text = Die Anfrage konnte nicht ausgeführt werden.
error-reference = Auf unserer Seite ist etwas fehlgeschlagen (Referenz { $reference }).
error-database = Früher Aufgezeichnetes kann im Moment nicht gelesen werden. Die Statusseite selbst ist aktuell und braucht es nicht.
