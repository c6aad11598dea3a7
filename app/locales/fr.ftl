# Ce que les visiteurs lisent en français.

## Le cadre de chaque page

skip = Aller au contenu
nav = Navigation principale
nav-status = État
nav-history = Historique
nav-subscribe = S’abonner
nav-help = Qu’est-ce qu’un 502 ?
foot-feed = Flux Atom
foot-causes = Causes d’un 502 (en anglais)
foot-sign-in = Se connecter
foot-times = Toutes les heures sont en UTC. Surveillé par Gatewatch.
feed-title = Incidents
crumb-status = État
to-status = Vers la page d’état
silent = Aucune nouvelle depuis {"{time}"} UTC

## États, phases, impacts

state-operational = Opérationnel
state-degraded = Dégradé
state-partial-outage = Panne partielle
state-outage = Panne
state-maintenance = Maintenance
state-unknown = Inconnu
phase-investigating = En cours d’analyse
phase-identified = Cause identifiée
phase-monitoring = Sous surveillance
phase-resolved = Résolu
postmortem = Bilan de l’incident
impact-none = Information
impact-minor = Mineur
impact-major = Majeur
impact-critical = Critique
impact = Impact : { $impact }

## Nombres, durées, dates

percent = { $share } %
duration-ms = { $number } ms
duration-s = { $number } s
duration-min = { $number } min
duration-h = { $number } h
duration-d = { $number } j
duration-two = { $big } { $small }
age-short = moins d’une minute
month-long =
    { $month ->
        [1] janvier
        [2] février
        [3] mars
        [4] avril
        [5] mai
        [6] juin
        [7] juillet
        [8] août
        [9] septembre
        [10] octobre
        [11] novembre
       *[12] décembre
    }
month-short =
    { $month ->
        [1] janv.
        [2] févr.
        [3] mars
        [4] avr.
        [5] mai
        [6] juin
        [7] juil.
        [8] août
        [9] sept.
        [10] oct.
        [11] nov.
       *[12] déc.
    }
date-time = { $day } { $month } { $year }, { $time } UTC
date-time-precise = { $day } { $month }, { $time } UTC
time-utc = { $time } UTC
day-long =
    { $day ->
        [1] 1er { $month } { $year }
       *[other] { $day } { $month } { $year }
    }
day-short =
    { $day ->
        [1] 1er { $month }
       *[other] { $day } { $month }
    }
month-year = { $month } { $year }
no-time = (heure non valide)

## Ce qui est dit d’une panne

reason-status = statut { $status }
reason-name-not-found = nom introuvable
reason-name-server-silent = le serveur de noms ne répond pas
reason-refused = connexion refusée
reason-no-route = aucune route
reason-connect-timeout = délai de connexion dépassé
reason-tls-handshake = échec de la négociation TLS
reason-certificate = certificat non valide
reason-reset = connexion réinitialisée
reason-closed-early = connexion fermée trop tôt
reason-read-timeout = pas de réponse à temps
reason-bad-http = réponse non valide
reason-unexpected-status = statut inattendu
reason-body = contenu inattendu
reason-not-measured = n’a pas pu être mesuré
reason-no-data = aucune donnée
reason-dependency = un élément dont il dépend est en panne
reason-certificate-ends = le certificat expire bientôt
reason-slow = lent
reason-unstable = instable : { $count } changements d’état en { $span }
reason-join = { $first } ; { $second }
blind-slept = sa machine a été mise en veille
blind-stalled = elle était arrêtée ou sa machine est surchargée
blind-clock = son horloge a été modifiée
blind-no-route = sa machine n’a plus d’accès au réseau
blind-next-hop = la passerelle de sa machine ne répond pas
blind-canaries = son propre réseau ne répond pas
blind-names = ses serveurs de noms ne répondent pas

## La page d’état

overall = État général
as-of = Au { $time }
headline-nothing = Rien n’est encore surveillé
headline-operational = Tous les systèmes sont opérationnels
headline-one =
    { $state ->
        [degraded] { $name } : service dégradé
        [partial-outage] { $name } : panne partielle
        [outage] { $name } : en panne
        [maintenance] { $name } : en maintenance
       *[unknown] { $name } : non mesuré en ce moment
    }
headline-all =
    { $state ->
        [degraded] Les { $all } composants sont dégradés
        [partial-outage] Les { $all } composants sont en panne partielle
        [outage] Les { $all } composants sont en panne
        [maintenance] Les { $all } composants sont en maintenance
       *[unknown] Les { $all } composants ne sont pas mesurés en ce moment
    }
headline-some =
    { $state ->
        [degraded] { $number } composants sur { $all } sont dégradés
        [partial-outage] { $number } composants sur { $all } sont en panne partielle
        [outage] { $number } composants sur { $all } sont en panne
        [maintenance] { $number } composants sur { $all } sont en maintenance
       *[unknown] { $number } composants sur { $all } ne sont pas mesurés en ce moment
    }
status-description = { $headline }. État, historique et incidents de { $title }.
since-age = Depuis le { $time } ({ $age })
since-small = depuis le { $time }
why = Quelle en est la cause ?
no-data = aucune donnée
formula = Disponibilité = 1 − (panne + ½ × panne partielle) ÷ (tout le temps − maintenance − inconnu). Un service dégradé compte comme disponible.
group-components = Composants
group-further = Autres composants
fold-close = Fermer
fold-open = Ouvrir
gist = { $well } opérationnels sur { $all }
column-days = 90 jours
column-uptime = disponible
column-latency = médiane 24 h
bars = { $name }, 90 derniers jours
bar = { $day } : { $words }
bar-outage = { $share }, panne { $time }
bar-partial = { $share }, panne partielle { $time }
bar-degraded = { $share }, dégradé { $time }
bar-maintenance = maintenance
legend = Signification des barres
legend-short = Panne, < 10 min
legend-longer = < 2 h
legend-longest = plus longue
legend-no-data = Aucune donnée
latency-none = pas encore de temps
latency-hint = Temps de réponse médian des dernières 24 heures
blind = La surveillance est aveugle depuis le { $time } : { $reason }. Ce qu’elle ne peut mesurer pendant ce temps est affiché comme inconnu et ne compte ni comme disponible ni comme en panne.
storage = Les mesures ne peuvent pas être enregistrées en ce moment. L’état affiché est à jour ; l’historique pourra présenter une lacune.
only-self = <strong>Pour l’instant, Gatewatch ne surveille que lui-même.</strong> Ajoutez un site à <file>gatewatch.toml</file> et rechargez la configuration, ou démarrez avec <option>--watch https://shop.example.com/</option> :
active = Incidents en cours
maintenance-heading = Maintenance
maintenance-on = En cours : du { $from } au { $until }, { $names }
maintenance-planned = Prévue : du { $from } au { $until }, { $names }
names-join = { $first }, { $second }
calendar = Tous les travaux prévus sous forme de calendrier
past = Incidents passés
past-none = Aucun incident au cours des 14 derniers jours.
by-month = Tous les incidents par mois

## Un composant et ses périodes

component-title = { $name } : { $state }
component-description = { $name } : { $state }. Historique de 90 jours.
uptime-quarter = Disponibilité, 90 jours
last-measured = Dernière mesure
never-measured = Pas encore de mesure
measured-every = Mesuré toutes les
as-of-label = Situation au
last-quarter = 90 derniers jours
today = Aujourd’hui
interruptions-by-day = Interruptions par jour
interruptions-none = Aucune au cours des 90 derniers jours.
times-utc = Les heures sont en UTC.
clock-since = depuis { $time }
clock-span = { $from } – { $until }
still-lasting = toujours en cours
latency-day = Temps de réponse, dernières 24 heures
latency-day-none = Aucun temps de réponse au cours des dernières 24 heures.
latency-described = Temps de réponse sur 24 heures : minimum { $low }, médiane { $median }, maximum { $highest }
lowest = Minimum
median = Médiane
highest = Maximum
adds-up = D’où vient la disponibilité
sum = Temps dans chaque état
sum-state = État
sum-time = Temps
sum-counts = Dans la disponibilité
sum-up = disponible
sum-half = en panne pour moitié
sum-down = en panne
sum-out = non compté
none = aucun
incidents = Incidents
ranges = Période
range-now = Maintenant
range-day = 24 heures
range-week = 7 jours
range-quarter = 90 jours
range-year = 1 an
range-title = { $name } : { $range }
range-heading = { $name }, { $range }
range-description = { $name } : disponibilité et temps de réponse, { $range }.
range-uptime = Disponibilité, { $range }
range-from = Du
range-until = Au
range-latency = Temps de réponse
range-over = Temps de réponse sur { $range }
range-empty = Rien n’a été mesuré sur cette période ({ $range }).
interruptions = Interruptions
range-none = Aucune sur cette période ({ $range }).
range-unlisted =
    { $count ->
        [one] { $count } plus ancienne n’est pas affichée.
       *[other] { $count } plus anciennes ne sont pas affichées.
    }
chart-described = La moitié des mesures n’a pas dépassé { $half }, et 95 % n’ont pas dépassé { $most } ; dans la partie la plus lente, la limite des 95 % était de { $highest }.
chart-failed = { $failed } mesures sur { $count } ont échoué.
chart-key = Signification des lignes
chart-median = médiane
chart-most = 95 % n’ont pas duré plus longtemps
chart-some-failed = certaines ont échoué
most = 95 %
probes = Mesures
failed = Échouées
as-table = La même chose sous forme de tableau
table-latency = Temps de réponse
table-caption = Temps de réponse, les plus récents d’abord ; heures en UTC

## Incidents, mois et rapports

affected = Concernés
edited = modifié le { $time }
lasted = durée : { $age }
lasting = depuis { $age }
incident-span = { $from } – { $until }
incident-description = { $phase } : { $title }
month-title = Incidents en { $month }
month-description = Incidents en { $month } : { $title }.
month-none = Aucun incident en { $month }.
month-count =
    { $count ->
        [one] { $count } incident
       *[other] { $count } incidents
    }
month-list = Liste
month-report = Rapport pour { $month } : disponibilité et pannes de chaque composant
months = Mois
report-title = Rapport pour { $month }
report-description = Disponibilité, pannes et temps de réponse en { $month } : { $title }.
report-heading = { $title } : rapport pour { $month }
report-extent = Du { $from } au { $until }.
report-so-far = Le mois n’est pas terminé.
report-caption = Temps en heures, minutes et secondes
report-component = Composant
report-uptime = Disponibilité
report-outages = Pannes
report-longest = La plus longue

## Le widget

widget-uptime = { $share } sur 90 jours
widget-silent = Aucune nouvelle depuis : la page d’état ne répond pas.

## Abonnements

subscribe-description = Soyez informé des incidents et de la maintenance de { $title }.
subscribe = S’abonner
subscribe-lede = Soyez informé lorsqu’un incident commence, évolue ou se termine, et des maintenances prévues.
subscribe-off = Cette page n’envoie pas de courriel : les abonnements sont désactivés tant qu’un administrateur n’a pas indiqué de serveur de messagerie sous <section>[subscriptions]</section> dans <file>gatewatch.toml</file>.
subscribe-refused-off = Les abonnements sont désactivés ici. Les flux disent la même chose.
subscribe-too-often = Cela fait beaucoup de demandes. Veuillez attendre quelques minutes, puis réessayer.
subscribe-full = Aucun nouvel abonnement n’est accepté en ce moment. Les flux ci-dessous disent la même chose.
target-none = Indiquez une adresse de courriel.
target-neither = Indiquez une adresse de courriel ou l’adresse d’un webhook.
target-both = Indiquez une adresse de courriel ou l’adresse d’un webhook, pas les deux.
target-email = Ce n’est pas une adresse de courriel à laquelle on peut écrire.
target-webhook = Ce webhook ne peut pas être utilisé : indiquez l’adresse publique complète, par exemple https://hooks.example.com/x.
target-component = L’un des composants ne figure pas sur cette page.
only-of = Seulement pour ceux-ci
only-of-hint = N’en cochez aucun pour être informé de tout.
email = Courriel
email-hint = D’abord un message avec un lien ; rien d’autre avant votre confirmation.
webhook = Webhook
webhook-hint = À la place d’une adresse de courriel, pour les programmes. Il reçoit un premier message et répond avec son « challenge », ou vous conduit à la page de confirmation.
subscribe-promise = L’adresse ne sert qu’à ces messages. Chacun permet de se désabonner en un clic.
feeds = Flux
feeds-list = Sans laisser d’adresse : <atom>Atom</atom>, <rss>RSS</rss> ou <json>JSON Feed</json>, et la maintenance sous forme de <calendar>calendrier</calendar>. La page de chaque composant a ses propres flux.
asked = Encore une étape
asked-lede = S’il est possible d’écrire à cette adresse, un message avec un lien est en route. Suivez le lien et appuyez sur le bouton qui s’y trouve dans les deux jours.
asked-hint = Rien dans votre boîte après quelques minutes ? Regardez dans le dossier des indésirables. On n’écrit pas plus de trois fois par jour à une même adresse.
asked-webhook = Un webhook reçoit un message particulier, auquel il peut répondre avec le « challenge » qu’il contient.
covers-all = tout ce qui figure sur cette page
covers-gone = des composants qui ne figurent plus sur cette page
confirm-heading = Confirmez votre abonnement
mine-heading = Votre abonnement
mine-email = Courriel à <strong>{ $target }</strong>, au sujet de : { $covers }.
mine-webhook = Webhook à <strong>{ $target }</strong>, au sujet de : { $covers }.
save = Enregistrer
end-heading = Y mettre fin
unsubscribe = Se désabonner
confirm = Confirmer
refuse-hint = Ce n’était pas vous ? Alors rien d’autre ne viendra si vous ne faites rien. Ceci empêche d’autres personnes de le redemander pendant un mois :
refuse = Ce n’était pas moi
ended = Vous êtes désabonné
ended-text = L’adresse a été oubliée. Aucun autre message ne viendra.
refused = Merci
refused-text = L’adresse a été oubliée, et pendant un mois personne ne peut demander ici de messages pour elle.
again = S’abonner de nouveau

## Pour qui se trouve devant un 502

help-title = 502 Bad Gateway : ce que c’est et ce que vous pouvez faire
help-description = Ce que signifie un 502 Bad Gateway, si cela vient de vous ou de nous, et ce qui aide.
help-heading = Vous avez vu « 502 Bad Gateway »
help-lede = La passerelle devant le site a reçu votre demande, mais aucune réponse utilisable du serveur qui se trouve derrière. Votre appareil et votre connexion sont presque certainement en ordre.
help-now = État actuel
help-fine =
    { $count ->
        [one] { $count } autre composant est opérationnel.
       *[other] { $count } autres composants sont opérationnels.
    }
help-what = Ce qui s’est passé
help-what-text = Un site web est rarement une seule machine. Votre navigateur parle à une passerelle : un serveur qui reçoit chaque demande et la transmet à la machine qui fait le travail. La passerelle vous a répondu, le chemin entre vous et nous fonctionne donc. Ce qu’elle devait transmettre manquait, était défectueux ou est arrivé trop tard, et 502 est le numéro pour cela.
help-do = Ce que vous pouvez faire
help-do-wait = <strong>Attendez une demi-minute et rechargez une fois.</strong> Beaucoup de 502 ne durent que quelques secondes, par exemple pendant le redémarrage d’un serveur.
help-do-look = <strong>Regardez l’état ci-dessus.</strong> S’il montre un problème, nous le savons ; rien de votre côté n’y changera quelque chose. Cette page s’actualise d’elle-même.
help-do-fresh = <strong>Si tout est opérationnel ci-dessus,</strong> rechargez avec Ctrl + F5 (⌘ + Maj + R sur un Mac), puis essayez une fenêtre privée ou un autre réseau. Un proxy d’entreprise, un VPN ou une ancienne copie entre nous peuvent montrer un 502 que nous ne voyons pas.
help-do-tell = <strong>Si cela persiste,</strong> indiquez à l’assistance du site l’adresse, l’heure avec votre fuseau horaire et tout numéro de référence figurant sur la page d’erreur.
help-reload = Quand recharger aide, et quand cela nuit
help-reload-text = Relire une page est sans danger. Après avoir envoyé une commande, un paiement ou un message, vérifiez d’abord dans votre compte ou votre messagerie s’il est bien arrivé : la machine derrière la passerelle a pu faire le travail, et seule sa réponse s’est perdue. Recharger sans cesse ralentit un site surchargé pour tout le monde, vous compris.
help-relatives = Ses proches
help-500 = Le site lui-même a échoué et l’a dit.
help-503 = Le site est surchargé ou en maintenance, et le sait.
help-504 = Comme le 502, mais la machine derrière la passerelle a mis trop de temps.
help-causes = Exploitez-vous le site ? Les <causes>causes d’un 502</causes> sont décrites avec indices et remèdes (en anglais).

## Erreurs

error-400 = Cette demande est illisible
error-400-text = Quelque chose dans l’adresse ou dans le formulaire n’est pas comme il faudrait.
error-401 = Veuillez vous connecter
error-401-text = Cette page est réservée aux administrateurs.
error-403 = Non autorisé
error-403-text = La demande a été refusée, et rien n’a été modifié.
error-404 = Cette page n’existe pas
error-404-text = L’adresse est peut-être mal écrite, ou ce qui se trouvait ici a disparu.
error-405 = Cela ne peut pas se faire ici
error-405-text = L’adresse existe, mais pas pour ce genre de demande.
error-408 = Cela a pris trop de temps
error-408-text = La demande n’est pas arrivée à temps.
error-410 = Ceci n’existe plus
error-410-text = Ce qui se trouvait ici a été retiré.
error-413 = C’est trop grand
error-413-text = La demande dépasse ce que cette page accepte.
error-421 = Ce n’est pas ce site
error-421-text = Gatewatch a été appelé sous un nom auquel il ne répond pas. Les administrateurs ajoutent des noms sous [server] hosts dans gatewatch.toml.
error-429 = Trop de demandes
error-429-text = Veuillez patienter un instant, puis réessayer.
error-503 = Indisponible en ce moment
error-503-text = Cette partie ne peut pas être affichée pour l’instant. La page d’état reste en place.
error-500 = Un problème est survenu ici
error-500-text = La faute est de notre côté et a été consignée. La page d’état reste en place.
error-other = Cela n’a pas fonctionné
error-other-text = La demande n’a pas pu être exécutée.
error-reference = Quelque chose a échoué de notre côté (référence { $reference }).
error-database = Ce qui a été enregistré auparavant ne peut pas être lu en ce moment. La page d’état elle-même est à jour et n’en a pas besoin.
