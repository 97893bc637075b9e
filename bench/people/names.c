/* SPDX-License-Identifier: Apache-2.0 */
#include "people/names.h"

#include <stddef.h>

struct language {
    const char *fornames[NAMES_PER_LANGUAGE];
    const char *names[NAMES_PER_LANGUAGE];
};

static const struct language languages[] = {
    /* Dutch and Flemish */
    {.fornames = {"Yoen",    "Joost",   "Daniël", "Michaël", "Raphaël", "Zoë",
                  "Noëlle",  "Chloë",   "Gaëlle", "Anaïs",   "Loïs",    "Maïté",
                  "Thaïs",   "Willem",  "Pieter", "Sjoerd",  "Geert",   "Gijs",
                  "Koen",    "Marijke", "Femke",  "Sanne",   "Roos",    "Lotte",
                  "Maarten", "Jeroen",  "Bram",   "Thijs",   "Wouter",  "Renée",
                  "Gabriël", "Joël"},
     .names =
         {"Van der Veld", "Van den Berg", "Van Dijk",        "De Vries",
          "De Bruijn",    "Van 't Hoff",  "In 't Veld",      "Den Uyl",
          "Ter Beek",     "Bouwmeester",  "Mariën",          "Driessen",
          "Hoekstra",     "Op de Haar",   "Kuijpers",        "Van der Meer",
          "Cauwenbergh",  "Boëtius",      "Van Leeuwenhoek", "Israëls",
          "Goeree",       "Verweij",      "Zuiderduin",      "Tinbergen",
          "Snoeck",       "Sweelinck",    "Spaander",        "Pauwels",
          "Op den Akker", "Michiels",     "Daniëls",         "Uijtdehaage"}},
    /* Spanish */
    {.fornames = {"Estebán", "José",      "María",   "Jesús",    "Ángel",
                  "Inés",    "Ramón",     "Lucía",   "Sofía",    "Martín",
                  "Adrián",  "Óscar",     "Raúl",    "Rubén",    "Andrés",
                  "Nicolás", "Tomás",     "Joaquín", "Héctor",   "Álvaro",
                  "Belén",   "Rocío",     "Noelia",  "Begoña",   "Íñigo",
                  "Iván",    "Agustín",   "Mónica",  "Verónica", "Julián",
                  "César",   "Concepción"},
     .names = {"Garcia Marquez",   "Muñoz",     "Núñez",        "Ibáñez",
               "Peña Ortiz",       "Domínguez", "Fernández",    "González",
               "Hernández",        "Jiménez",   "López Soler",  "Martínez",
               "Pérez Galdós",     "Rodríguez", "Sánchez",      "Suárez",
               "Vázquez",          "Velázquez", "Álvarez",      "Benítez",
               "Cáceres",          "Cortés",    "Durán",        "Gálvez",
               "Gutiérrez",        "León",      "Marín",        "Ordóñez",
               "Sáenz de Heredia", "Ramírez",   "Méndez Núñez", "Zúñiga"}},
    /* Arabic, transliterated */
    {.fornames = {"Mohamed", "Âdil",   "Amîn",    "Bilâl", "Dâwûd",  "Fâtima",
                  "Farîd",   "Ghâlib", "Habîb",   "Hâmid", "Hasan",  "Hâshim",
                  "Ibrâhîm", "Idrîs",  "Ismâ'îl", "Jalâl", "Jamîla", "Karîm",
                  "Khâlid",  "Laylâ",  "Mahmûd",  "Nâdir", "Rashîd", "Sâlim",
                  "Samîra",  "Târiq",  "Umâma",   "Walîd", "Yâsîn",  "Yûsuf",
                  "Zaynab",  "Zubayda"},
     .names = {"Al Ghâlib",  "Al Amîn",    "Al Bakrî",    "Al Bîrûnî",
               "Al Fârâbî",  "Al Fârisî",  "Al Ghazâlî",  "Al Hakîm",
               "Al Haytham", "Al Idrîsî",  "Al Isfahânî", "Al Jâhiz",
               "Al Jazarî",  "Al Karajî",  "Al Khalîl",   "Al Khwârizmî",
               "Al Kindî",   "Al Ma'arrî", "Al Mâwardî",  "Al Mutanabbî",
               "Al Qurtubî", "Al Râzî",    "Al Rashîd",   "Al Samaw'al",
               "Al Sûfî",    "Al Tabarî",  "Al Tûsî",     "Al Zahrâwî",
               "Ben Yûsuf",  "Ibn Bâjja",  "Ibn Battûta", "Ibn Khaldûn"}},
    /* French */
    {.fornames = {"Émile",    "Zoé",       "André",     "René",     "Cécile",
                  "Chloé",    "Hélène",    "Jérôme",    "Noël",     "Benoît",
                  "François", "Françoise", "Geneviève", "Irénée",   "Jean-Noël",
                  "Léa",      "Loïc",      "Maëlle",    "Mickaël",  "Océane",
                  "Régis",    "Sébastien", "Solène",    "Stéphane", "Thérèse",
                  "Valérie",  "Yaëlle",    "Éloïse",    "Étienne",  "Édith",
                  "Aurélie",  "Barnabé"},
     .names = {"d'Aubigné", "Beauséjour", "Bérenger", "Besançon",
               "Châtelain", "Chénier",    "Crémieux", "De La Tour",
               "Deschênes", "Dupré",      "Fénelon",  "Forêt",
               "Gérard",    "Guérin",     "Hébert",   "L'Hôpital",
               "Lacépède",  "Laënnec",    "Lefèbvre", "Lemaître",
               "Lévêque",   "Mérimée",    "Pâquet",   "Poincaré",
               "Prévert",   "Prévost",    "Rivière",  "Saint-Exupéry",
               "Sévigné",   "Thénard",    "Thévenin", "Vaugeois"}},
};

#define LANGUAGES_COUNT (sizeof languages / sizeof languages[0])

struct names_pick names_pick(uint64_t number) {
    const struct language *language = &languages[number % LANGUAGES_COUNT];
    uint64_t rest = number / LANGUAGES_COUNT;

    return (struct names_pick){
        .forname = language->fornames[rest % NAMES_PER_LANGUAGE],
        .name = language->names[rest / NAMES_PER_LANGUAGE % NAMES_PER_LANGUAGE],
    };
}
